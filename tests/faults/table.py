"""The table of results, in Markdown, as in the manual."""

from tests.faults.client import Outcome
from tests.faults.fault import Result

HEADER = ("fault", "requests", "503", "no answer", "wrong", "seconds until well", "violations")


def header() -> str:
    return f"{_row(HEADER)}\n{_row(['---'] * len(HEADER))}"


def row(result: Result) -> str:
    violations = str(len(result.violations))
    return _row(
        [
            result.fault.name,
            f"{result.outcomes.total():,}",
            str(result.outcomes[Outcome.UNAVAILABLE]),
            str(result.outcomes[Outcome.BROKEN]),
            str(result.wrong.total()),
            f"{result.seconds:.1f}" if result.is_well else "not within a minute",
            f"({violations})" if result.fault.loses else violations,
        ]
    )


def _row(cells: "list[str] | tuple[str, ...]") -> str:
    return f"| {' | '.join(cells)} |"
