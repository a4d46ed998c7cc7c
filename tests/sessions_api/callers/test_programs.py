"""The programs behind user agents, of which only a few are parsed each second."""

import time

from sessions_api.callers.devices import parse_device
from sessions_api.callers.programs import PARSED, parsed_program, program_of, remembered_program


def test_a_program_is_the_browser_of_the_device() -> None:
    agent = "Cumulonimbus-Wrapper/5.1.0"
    device = parse_device(agent)
    program = (device.browser, device.version)
    assert program_of(agent) == parsed_program(agent) == program == (agent[:-6], "5.1.0")
    assert program_of("") == ("", "")


def test_a_flood_of_new_user_agents_is_not_parsed() -> None:
    remembered_program.cache_clear()
    # In a second of its own.
    deadline = time.monotonic() + 3
    while program_of("Known/1.0") != ("Known", "1.0") and time.monotonic() < deadline:
        time.sleep(0.1)
    begin = time.monotonic()
    found = [program_of(f"Flood/{number}.0") for number in range(PARSED * 20)]
    seconds = int(time.monotonic() - begin) + 2
    parsed = [one for one in found if one != ("", "")]
    assert 1 <= len(parsed) <= PARSED * seconds
    assert len(parsed) < len(found)
    # Those that have been seen are still known.
    assert program_of("Known/1.0") == ("Known", "1.0")
