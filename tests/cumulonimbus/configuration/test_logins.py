"""A wrong adapter in the environment, from which URLs are loaded before checks run."""

from tests.cumulonimbus.processes import finish, start


def test_an_adapter_that_cannot_be_loaded_fails_the_check() -> None:
    process = start("manage.py", "check", DEBUG="true", ADAPTER="club.Adapter")
    code, _, err = finish(process)
    assert code == 1
    assert "(sessions_api.E020) ADAPTER names 'club.Adapter': No module named 'club'" in err
    assert "Traceback" not in err
