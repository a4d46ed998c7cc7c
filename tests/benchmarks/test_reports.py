"""Reports: percentiles, targets, tables and charts."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import processes
from benchmarks.figures import percentile
from benchmarks.findings import Findings, Table, Target
from benchmarks.plot import bars
from benchmarks.report import as_text, describe, keep, verdicts
from benchmarks.scenarios import SCENARIOS
from tests.paths import ROOT

BENCHMARKS = ROOT / "benchmarks"
MOST_LINES = 250


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50), (99, 99), (100, 100), (0.5, 1), (1.01, 2)]
)
def test_percentiles(percent: float, expected: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == expected


def test_a_percentile_of_no_numbers_is_an_error() -> None:
    with pytest.raises(ValueError, match="of 0 numbers"):
        percentile([], 50)
    with pytest.raises(ValueError, match="0 %"):
        percentile([1.0], 0)


@pytest.mark.parametrize(
    ("measured", "at_most", "is_met"),
    [(2.0, True, True), (2.01, True, False), (2.0, False, True), (1.99, False, False)],
)
def test_a_target_is_met_or_missed(measured: float, at_most: bool, is_met: bool) -> None:
    assert Target("x", 2.0, measured, at_most=at_most).is_met is is_met


def test_a_target_without_a_measurement_is_missed() -> None:
    target = Target("x", 2.0, None)
    assert not target.is_met
    assert "MISSED" in verdicts([target])
    assert "not measured" in verdicts([target])


def test_tables_are_aligned() -> None:
    table = Table("Title", ["what", "ms"], [["one", 1.5], ["eleven", 1234.5], ["none", None]])
    assert as_text(table).splitlines() == [
        "Title",
        "what       ms",
        "------  -----",
        "one      1.50",
        "eleven  1,234",
        "none        -",
    ]


def test_a_failure_is_reported_beside_the_results() -> None:
    text = describe(Findings([Table("T", ["a"], [["b"]])], [], failure="ServerFailed: no port"))
    assert "FAILED: ServerFailed: no port" in text
    assert text.startswith("T\n")


def test_all_results_are_saved(tmp_path: Path) -> None:
    findings = Findings([], [Target("x", 1.0, 0.5, "ms")], {"times": [0.5]})
    keep(tmp_path / "results.json", {"date": "2026-11-21"}, {"login": findings})
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept["date"] == "2026-11-21"
    assert kept["scenarios"]["login"]["raw"] == {"times": [0.5]}
    assert kept["scenarios"]["login"]["targets"][0]["is_met"] is True


def test_the_length_of_a_bar_is_proportional_to_its_value() -> None:
    document = ElementTree.fromstring(  # noqa: S314
        bars("A <title>", [("ours", 300.0), ("<theirs> & co", 100.0)], ours="ours")
    )
    svg = "{http://www.w3.org/2000/svg}"
    ours, theirs = document.findall(f"{svg}rect")
    assert float(ours.attrib["width"]) == pytest.approx(3 * float(theirs.attrib["width"]))
    assert ours.attrib["class"] == "ours"
    assert "class" not in theirs.attrib
    assert "<theirs> & co" in [text.text for text in document.findall(f"{svg}text")]
    assert "svg" in bars("Nobody came", [], ours="ours")


def test_memory_and_cpu_time_of_a_process_are_read() -> None:
    own = processes.read(os.getpid())
    assert own
    assert own.group == os.getpgrp()
    assert own.cpu > 0
    assert 1 < own.resident <= own.peak
    assert os.getpid() in [one.pid for one in processes.group(os.getpgrp())]
    assert processes.cpu_seconds(os.getpgrp()) >= own.cpu
    assert processes.read(2**22 + 1) is None


def test_each_scenario_is_explained() -> None:
    text = (BENCHMARKS / "README.md").read_text()
    assert [name for name in SCENARIOS if f"`{name}`" not in text] == []


def test_no_module_is_too_long() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in BENCHMARKS.rglob("*.py")}
    assert [path for path, length in lengths.items() if length > MOST_LINES] == []
