"""What is made of measured numbers."""

import math
from collections.abc import Sequence
from statistics import median

__all__ = ["median", "percentile"]


def percentile(numbers: Sequence[float], percent: float) -> float:
    """The least of the numbers that ``percent`` of them do not exceed.

    :raises ValueError: for no numbers, and for a percentage not above 0 and up to 100.
    """
    if not numbers or not 0 < percent <= 100:
        raise ValueError(f"No {percent} % of {len(numbers)} numbers.")
    return sorted(numbers)[math.ceil(len(numbers) * percent / 100) - 1]
