"""A pytest plugin (``-p tests.no_skips``) that fails skipped and expectedly failing tests."""

from collections.abc import Generator
from typing import TypeVar

import pytest

ReportT = TypeVar("ReportT", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_skip((yield))


def _refuse_skip(report: ReportT) -> ReportT:
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = (
            f"Skipped and expectedly failing tests count as failures here: {report.longrepr}"
        )
    return report
