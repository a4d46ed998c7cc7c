"""Servers of the tests' own, which they may break."""

from tests.conditional import pytest_ignore_collect as pytest_ignore_collect
