"""``Strict-Transport-Security`` (HSTS, RFC 6797), which tells browsers to use only HTTPS."""

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings, count, flag

#: What https://hstspreload.org requires, in seconds.
YEAR = 365 * 24 * 60 * 60


def hsts_settings(*, debug: bool) -> Settings:
    """Return Django's settings for the header, which is not sent with ``DEBUG``.

    Browsers remember it, so by default it covers only this host name, and an hour: anything more
    is the choice of whoever runs all hosts of the domain.

    :raises ImproperlyConfigured: variables contradict each other.
    """
    seconds = count("HSTS_SECONDS", default=3600)
    subdomains = flag("HSTS_INCLUDE_SUBDOMAINS", default=False)
    preload = flag("HSTS_PRELOAD", default=False)
    if preload and not (subdomains and seconds >= YEAR):
        raise ImproperlyConfigured(
            f"HSTS_PRELOAD needs HSTS_INCLUDE_SUBDOMAINS=true and HSTS_SECONDS={YEAR} or more."
        )
    if subdomains and not seconds:
        raise ImproperlyConfigured("HSTS_INCLUDE_SUBDOMAINS needs HSTS_SECONDS other than 0.")
    return {
        "SECURE_HSTS_SECONDS": 0 if debug else seconds,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": subdomains,
        "SECURE_HSTS_PRELOAD": preload,
    }
