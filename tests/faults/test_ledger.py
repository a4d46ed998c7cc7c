"""The ledger finds what contradicts it, and only that."""

from collections import Counter

import jwt
import pytest

from tests.faults.ledger import Deed, Fact, Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def add(ledger: Ledger) -> Fact:
    token = jwt.encode({"sub": "7", "iat": 11}, "a key of thirty-two bytes or more")
    ledger.add_session(token, "login")
    return ledger.sessions[-1]


def test_a_lost_session_is_a_violation(ledger: Ledger) -> None:
    fact = add(ledger)
    ledger.judge(fact, ledger.expectation(fact), "ended")
    [violation] = ledger.take_violations()
    assert (violation.kind, violation.known, violation.seen) == ("login", "active", "ended")
    assert ledger.take_violations() == []


def test_a_session_that_is_back_is_a_violation(ledger: Ledger) -> None:
    fact = add(ledger)
    ledger.begin(fact)
    ledger.acknowledge(fact, "revocation", "ended")
    ledger.judge(fact, ledger.expectation(fact), "active")
    [violation] = ledger.take_violations()
    assert (violation.kind, violation.known, violation.seen) == ("revocation", "ended", "active")


def test_a_violation_is_noted_once(ledger: Ledger) -> None:
    fact = add(ledger)
    for _ in range(2):
        ledger.judge(fact, ledger.expectation(fact), "ended")
    assert len(ledger.take_violations()) == 1


def test_what_was_acknowledged_is_no_violation(ledger: Ledger) -> None:
    fact = add(ledger)
    ledger.judge(fact, ledger.expectation(fact), "active")
    assert ledger.take_violations() == []


def test_a_change_under_way_is_not_judged(ledger: Ledger) -> None:
    fact = add(ledger)
    expected = ledger.expectation(fact)
    ledger.begin(fact)
    ledger.judge(fact, expected, "ended")
    ledger.judge(fact, ledger.expectation(fact), "ended")
    ledger.acknowledge(fact, "revocation", "ended")
    # It was sent before the revocation was acknowledged.
    ledger.judge(fact, expected, "active")
    assert ledger.take_violations() == []


def test_some_sessions_remain_active(ledger: Ledger) -> None:
    for _ in range(100):
        add(ledger)
    claimed = list(iter(ledger.claim, None))
    assert 0 < len(claimed) < 100
    assert all(fact.known is None for fact in claimed)
    assert len(ledger.facts()) == 100 - len(claimed)


class TestTheAuditLog:
    LOGIN = Deed("login", "7/11")
    REVOCATION = Deed("revocation", "7/11")

    def test_what_it_lacks_is_a_violation_once(self, ledger: Ledger) -> None:
        ledger.acknowledge(add(ledger), "revocation", "ended")
        for _ in range(2):
            ledger.audit(lambda: Counter([self.LOGIN]))
        [violation] = ledger.take_violations()
        assert violation.kind == "revocation of 7/11"
        assert violation.seen == "not in the audit log"

    def test_each_of_the_same_deeds_is_recorded(self, ledger: Ledger) -> None:
        for _ in range(3):
            add(ledger)
        ledger.audit(lambda: Counter({self.LOGIN: 2}))
        assert len(ledger.take_violations()) == 1

    def test_it_may_have_more(self, ledger: Ledger) -> None:
        add(ledger)
        ledger.audit(lambda: Counter([self.LOGIN, self.LOGIN, self.REVOCATION]))
        assert ledger.take_violations() == []

    def test_what_is_acknowledged_while_it_is_read_is_not_missed(self, ledger: Ledger) -> None:
        def recorded() -> Counter[Deed]:
            add(ledger)
            return Counter()

        ledger.audit(recorded)
        assert ledger.take_violations() == []
