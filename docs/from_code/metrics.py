"""The metrics, with their types and labels."""

from from_code.markdown import code, codes
from from_code.markdown import table as markdown_table
from sessions_api.metrics.definitions import ALL


def table() -> str:
    return markdown_table(
        ["metric", "type", "labels", "meaning"],
        [
            [code(metric.name), metric.type.value, codes(metric.labels), metric.meaning]
            for metric in ALL
        ],
    )
