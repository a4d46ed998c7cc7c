"""What of second factors is of no use any more."""

from django.utils import timezone

from sessions_api.second_factors.models import SpentToken
from sessions_api.services.pruning import CLOCK_SKEW, Leftovers


def spent_tokens() -> Leftovers:
    """Spent tokens that no server takes any more."""
    until = timezone.now() - CLOCK_SKEW
    return Leftovers("Spent tokens", SpentToken.objects.filter(expires_at__lte=until), "expires_at")
