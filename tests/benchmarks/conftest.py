"""The parts of the benchmarks; what they measure is no matter of a test."""

from tests.conditional import pytest_ignore_collect as pytest_ignore_collect
