"""Scraping the metrics, as Prometheus does."""

from typing import Any

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "0123456789abcdef" * 2

#: Values by the name of the sample and its labels.
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(**headers: Any) -> Any:
    """Return the response to a scrape."""
    return Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"} | headers)


def samples() -> Samples:
    """Return all samples, parsed by the library."""
    response = scrape()
    assert response.status_code == 200
    return parsed(response.content.decode())


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    """Return a value; 0 if there is no such sample."""
    return found.get((f"cumulonimbus_{name}", frozenset(labels.items())), 0.0)
