"""The load generator, against servers with scripted responses."""

import socket
from collections import Counter

import pytest

from benchmarks.load import (
    WARMING_ROUNDS,
    Connection,
    RequestFailed,
    _is_whole,
    drive,
    request,
    shares,
    warm_up,
)
from tests.benchmarks.scripted import serving

PLAIN = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello"
EMPTY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status"), [(PLAIN, 201), (EMPTY, 200), (CHUNKED, 503)], ids=str
)
def test_a_response_is_read_to_its_end(answer: bytes, status: int) -> None:
    with serving(lambda path: [answer]) as (port, _), Connection(port) as connection:
        assert [connection.ask(request("/")) for _ in range(3)] == [status] * 3


@pytest.mark.parametrize("answer", [PLAIN, EMPTY, CHUNKED], ids=str)
def test_a_truncated_response_is_an_error(answer: bytes) -> None:
    assert _is_whole(answer)
    assert not any(_is_whole(answer[:end]) for end in range(len(answer)))


@pytest.mark.parametrize("answer", [PLAIN, CHUNKED], ids=str)
def test_a_response_may_arrive_byte_by_byte(answer: bytes) -> None:
    parts = [answer[at : at + 1] for at in range(len(answer))]
    with serving(lambda path: parts) as (port, _), Connection(port) as connection:
        assert connection.ask(request("/")) == int(answer[9:12])
        assert connection.ask(request("/")) == int(answer[9:12])


def test_a_closed_connection_is_reported() -> None:
    with (
        serving(lambda path: []) as (port, _),
        Connection(port) as connection,
        pytest.raises(RequestFailed, match="hung up"),
    ):
        connection.ask(request("/"))


def test_a_response_without_an_end_is_reported() -> None:
    with (
        serving(lambda path: [b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"]) as (port, _),
        Connection(port) as connection,
        pytest.raises(RequestFailed, match="No length"),
    ):
        connection.ask(request("/"))


def test_each_group_has_its_own_result() -> None:
    def answer(path: str) -> list[bytes]:
        return [EMPTY if path.startswith("/read") else PLAIN]

    readers = [[request("/read/1"), request("/read/2")], [request("/read/3")]]
    with serving(answer) as (port, asked):
        reads, logins = drive(port, readers, [[request("/login")]], seconds=0.3)
    assert set(reads.statuses) <= {200}
    assert set(logins.statuses) <= {201}
    for result in (reads, logins):
        assert len(result.latencies) == len(result.moments) == result.statuses.total()
        assert all(0 < moment < 0.3 for moment in result.moments)
        assert result.rate == pytest.approx(len(result.latencies) / 0.3)
    # Responses after the end are not counted: one for each connection.
    assert len(asked) == reads.statuses.total() + logins.statuses.total() + 3
    # Independent of the speed of each connection.
    turns = Counter(path for path in asked if path.startswith("/read"))
    assert len(turns) == 3
    assert max(turns.values()) - min(turns.values()) <= 1


def test_without_a_duration_each_request_is_sent_once() -> None:
    shared = shares([request(f"/{number}") for number in range(5)], 2)
    with serving(lambda path: [EMPTY]) as (port, asked):
        [result] = drive(port, shared)
    assert sorted(asked) == [f"/{number}" for number in range(5)]
    assert result.statuses == {200: 5}
    assert result.rate == pytest.approx(5 / result.seconds)
    assert result.moments[-1] <= result.seconds < 60


def test_the_warm_up_sends_each_request_in_every_round() -> None:
    with serving(lambda path: [EMPTY]) as (port, asked):
        results = warm_up(port, [[request("/1"), request("/2")], [request("/3")]])
    assert sorted(asked) == sorted(["/1", "/2", "/3"] * len(results))
    assert len(results) == WARMING_ROUNDS


def test_the_request_is_what_a_proxy_would_send() -> None:
    head, _, body = request("/x", {"A": "b"}, method="POST", body=b"{}").partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /x HTTP/1.1"
    assert {"A: b", "X-Forwarded-Proto: https", "Content-Length: 2"} <= set(lines)
    assert body == b"{}"


def test_requests_are_distributed_among_connections() -> None:
    assert shares([b"1", b"2", b"3", b"4", b"5"], 2) == [[b"1", b"3", b"5"], [b"2", b"4"]]


def test_a_missing_server_is_an_error() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        Connection(port)
