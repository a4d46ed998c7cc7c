"""The one place that keeps secrets out of logs: everything that a handler writes passes here.

Code must not log secrets in the first place. But messages of errors, above all those of libraries,
may quote a URL with its password, a header or a row.
"""

import functools
import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from django.conf import LazySettings, settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

from killswitches.conf import SETTING as KILLSWITCHES
from sessions_api.conf import SETTINGS_NAME

HIDDEN = "[hidden]"

#: A shorter secret could be any word, and hiding it everywhere would make logs unreadable.
SHORTEST = 6

#: The names of fields, headers, cookies and options whose values are secret contain one of these.
_WORDS = (
    r"password|passwd|pass\b|passphrase|secret|token|csrf|api[_-]?key|private[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|sessionid|otp|backup[_-]?code"
)
_NAME = rf"(?=[\w-]{{0,64}}?(?:{_WORDS}))[\w-]{{1,100}}"
# All backslashes in a row belong to what follows them: JSON in a text in JSON has several.
_QUOTED = (
    r"b?\"(?:\\++.|[^\"\\\n])*\"?|b?'(?:\\++.|[^'\\\n])*'?"
    r"|\\\"(?:\\{2,}+.|\\[^\"\\]|[^\"\\\n])*(?:\\?\")?"
)
#: Goes on after punctuation, unless the name of another value follows.
_BARE = r"[^\s,;&})\]]+(?:[,;)}\]]++(?!['\"]?[\w-]{1,64}['\"]?\s?[=:])[^\s,;&})\]]+)*"
#: One value, or a list of them.
_VALUE = rf"\[[^\]\n]*\]?|\([^)\n]*\)?|{_QUOTED}|{_BARE}"
#: What stands between a name and its value: in a mapping, a pair, or a statement of SQL.
_IS = r"\\{0,4}['\"]?\s*(?:=>|[:=])\s*|'\s*,\s*(?=b?['\"\[])|\s+(?=')"

#: Each with what replaces it. The order matters: long secrets come before their parts. Paths of
#: requests are logged too, so every repetition begins in one place only or is bounded: the time is
#: linear in the length of the text.
_PATTERNS = tuple(
    (re.compile(pattern, re.ASCII), replacement)
    for pattern, replacement in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*KEY-----|\Z)", HIDDEN),
        (r"(?i)\botpauth://\S+", HIDDEN),
        # To the last @ of the word: passwords may contain one.
        (
            r"(?i)(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}://[^\s:/@]{0,255}):\S{0,512}@",
            rf"\1:{HIDDEN}@",
        ),
        # A header's value, quoted or to the end of the line.
        (rf"(?i)(cookie['\"]?\s*[:=]\s*)(?:{_QUOTED}|[^\r\n]+)", rf"\1{HIDDEN}"),
        (
            rf"(?i)(authorization['\"]?\s*[:=]\s*)(?:{_QUOTED}|(?:\w+[ ]+)?[^\s,;]+)",
            rf"\1{HIDDEN}",
        ),
        (r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}", rf"\1 {HIDDEN}"),
        # JSON Web Tokens, and values that Django has signed.
        (r"(?<![\w-])eyJ[\w-]+(?:\.[\w-]*){1,4}", HIDDEN),
        (r"(?<![\w.=-])[\w.=-]+:\w{6}:[\w-]{27,}", HIDDEN),
        # Links of notices and for new passwords.
        (r"(?<!\w)[0-9a-f]{32}\.[\w-]{43}(?![\w-])", HIDDEN),
        (r"(?<!\w)[0-9a-z]{6,7}-[0-9a-f]{32,64}(?!\w)", HIDDEN),
        # Hashes of passwords.
        (r"(?<!\w)(?:argon2|pbkdf2|scrypt|bcrypt)\w*\$[^\s'\",;)]+", HIDDEN),
        (r"\$(?:2[abxy]|argon2(?:id|i|d))\$[^\s'\",;)]+", HIDDEN),
        # Fernet's tokens, and its keys.
        (r"(?<![\w-])gAAAAA[\w-]{20,}=*", HIDDEN),
        (r"(?<![\w=-])[\w-]{43}=(?![\w=-])", HIDDEN),
        (rf"(?i)(?<![\w-])({_NAME}(?:{_IS}))(?:{_VALUE})", rf"\1{HIDDEN}"),
        # A second factor in a body or form: backup codes have neither i, l, o nor u.
        (
            (
                r"(?<![\w-])(code(?:\\{0,4}['\"]\s*:\s*|=))((?:\[\s*)?(?:\\{0,4}['\"])?)"
                r"(?:(?=[\w +-]{0,64}\d)[\w +-]{5,64}|(?i:[a-hjkmnp-tv-z]{10}))(?![\w +-])"
            ),
            rf"\1\2{HIDDEN}",
        ),
    )
)


def redact(text: str) -> str:
    """Return a text with :data:`HIDDEN` in the place of secrets.

    Hidden are the secrets of the settings, whatever surrounds them, and whatever has the form of a
    token, key, hash, password in a URL, or a value with the name of a secret.
    """
    for secret in _own_secrets():
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class SecretsFilter(logging.Filter):
    """A filter for handlers that redacts the message, traceback and stack of each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "access"):
            # An access line has nothing that could be secret, and every request writes one.
            return True
        try:
            message = record.getMessage()
        except Exception:
            # logging would print the arguments to standard error instead.
            message = f"{record.msg} (the arguments do not fit)"
        record.msg, record.args = redact(message), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redact("".join(traceback.format_exception(record.exc_info[1])))
            record.exc_text = record.exc_text.rstrip("\n")
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


@functools.cache
def _own_secrets() -> tuple[str, ...]:
    return secrets_of(settings)


def secrets_of(site: LazySettings) -> tuple[str, ...]:
    """Return the secrets of a site, the longest first: one may contain another.

    :param site: Django's settings.
    """
    try:
        secrets = [str(secret or "") for secret in _secrets(site)]
    except (AttributeError, TypeError, ValueError, ImproperlyConfigured):
        # Checks report settings of a wrong form. A line in the log must not raise errors for them.
        secrets = []
    # In URLs, passwords are quoted; in texts of objects and in JSON, some characters are escaped.
    forms = {
        form
        for secret in secrets
        for form in (
            *(secret, quote(secret, safe=""), quote_plus(secret)),
            *(repr(secret)[1:-1], json.dumps(secret)[1:-1]),
        )
    }
    return tuple(sorted((one for one in forms if len(one) >= SHORTEST), key=len, reverse=True))


def _secrets(site: LazySettings) -> Iterator[object]:
    yield site.SECRET_KEY
    yield from site.SECRET_KEY_FALLBACKS
    yield from getattr(site, SETTINGS_NAME, {}).get("ENCRYPTION_KEYS", ())
    yield getattr(site, SETTINGS_NAME, {}).get("METRICS_TOKEN")
    yield from getattr(site, KILLSWITCHES, {}).get("OFREP_TOKENS", ())
    for database in site.DATABASES.values():
        yield database.get("PASSWORD")
        # Those of libpq, such as that of the client's key.
        yield from _passwords_in(database.get("OPTIONS", {}))
    for cache in site.CACHES.values():
        location = cache.get("LOCATION") or ()
        for url in [location] if isinstance(location, str) else location:
            parts = urlsplit(str(url))
            yield unquote(parts.password or "")
            # Such as that of the sentinels.
            yield from (text for name, text in parse_qsl(parts.query) if "password" in name)
        yield from _passwords_in(cache.get("OPTIONS", {}))
    mailers = getattr(site, "MAILERS", None)
    if mailers is None:
        # Django before 6.1.
        yield site.EMAIL_HOST_PASSWORD
    else:
        for mailer in mailers.values():
            yield from _passwords_in(mailer.get("OPTIONS", {}))


def _passwords_in(options: Mapping[str, object]) -> Iterator[object]:
    return (value for name, value in options.items() if "password" in name)


@receiver(setting_changed)
def _forget(**_: object) -> None:
    _own_secrets.cache_clear()
