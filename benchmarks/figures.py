"""Statistics of measured numbers."""

import math
from collections.abc import Sequence
from statistics import median

__all__ = ["median", "percentile"]


def percentile(numbers: Sequence[float], percent: float) -> float:
    """Return a percentile: the smallest number that at least ``percent`` of them do not exceed.

    :raises ValueError: there are no numbers, or ``percent`` is not above 0 and at most 100.
    """
    if not numbers or not 0 < percent <= 100:
        raise ValueError(f"No {percent} % of {len(numbers)} numbers.")
    return sorted(numbers)[math.ceil(len(numbers) * percent / 100) - 1]
