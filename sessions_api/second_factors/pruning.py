"""Pruning of second factor data."""

from django.utils import timezone

from sessions_api.second_factors.models import SpentToken
from sessions_api.services.pruning import CLOCK_SKEW, ObsoleteRows


def spent_tokens() -> ObsoleteRows:
    """Return the spent tokens that have expired on every server, allowing for clock skew."""
    until = timezone.now() - CLOCK_SKEW
    return ObsoleteRows(
        "Spent tokens", SpentToken.objects.filter(expires_at__lte=until), "expires_at"
    )
