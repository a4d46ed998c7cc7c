"""The options in the query of a service's URL."""

from collections.abc import Callable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from cumulonimbus.configuration.environment import Settings

#: Converts the text of an option.
Read = Callable[[str], object]


class Options:
    """The options in the query of a URL, which are removed as they are read.

    :param variable: the name of the environment variable, for messages.
    :param url: the URL.
    :raises ImproperlyConfigured: the query is malformed, or repeats an option; or the URL has a
        NUL character.
    """

    def __init__(self, variable: str, url: str) -> None:
        self._variable = variable
        if "\0" in unquote(url):
            raise self.wrong("has a NUL character (%00)")
        self.bare_url, _, query = url.partition("?")
        # One of these in an unquoted password would change the host and the options.
        if any(character in query for character in "@#?"):
            raise self.wrong("has an unescaped @, # or ? after its first ?; write %40, %23 or %3F")
        self._texts: dict[str, str] = {}
        for name, text in parse_qsl(query, keep_blank_values=True):
            if not name or not text:
                raise self.wrong(f"has an option without a name or a value: {name}")
            if name.lower() in self._texts:
                raise self.wrong(f"has an option twice: {name}")
            self._texts[name.lower()] = text

    def parsed_by(self, parse: Callable[[str], Settings], example: str) -> Settings:
        """Return what django-environ makes of the URL without its options.

        :raises ImproperlyConfigured: it is no URL, or has an unknown scheme.
        """
        try:
            return parse(self.bare_url)
        # Its errors do not name the variable, and may quote the password.
        except (ImproperlyConfigured, LookupError, ValueError):
            raise self.wrong(f"is no URL such as {example}") from None

    def split(self, url: str) -> SplitResult:
        """Return the parts of a URL of one or several servers.

        :raises ImproperlyConfigured: it is malformed; a / in a password, for example, has the rest
            of the password taken for a path, and the beginning for a port.
        """
        try:
            parts = urlsplit(url)
            for host in parts.netloc.rpartition("@")[2].split(","):
                # Reading the port of a malformed host raises an error.
                _ = urlsplit(f"//{host}").port
            if "@" not in parts.path:
                return parts
        except ValueError:
            # Not the cause below: its message quotes what may be a part of the password.
            pass
        raise self.wrong("has a malformed host or port; write / in a password as %2F")

    def refuse_fragment(self) -> None:
        """Refuse a URL with a ``#``: the parser would ignore everything after it.

        :raises ImproperlyConfigured: the URL has one.
        """
        if "#" in self.bare_url:
            raise self.wrong("has a #; write it as %23")

    def take(self, known: dict[str, Read], spell: Callable[[str], str]) -> Settings:
        """Remove known options and return their values.

        :param known: the names of options, and functions that convert their values.
        :param spell: converts a name to its case in the result.
        :raises ImproperlyConfigured: a value is invalid.
        """
        taken = {}
        for name in known:
            text = self._texts.pop(name.lower(), None)
            if text is None:
                continue
            try:
                taken[spell(name)] = known[name](text)
            except ValueError as error:
                raise self.wrong(f"has an option with an invalid value: {name}") from error
        return taken

    def take_rest(self) -> dict[str, str]:
        """Remove and return all remaining options, as texts by name in lower case."""
        taken, self._texts = self._texts, {}
        return taken

    def refuse_rest(self) -> None:
        """Refuse all remaining options.

        :raises ImproperlyConfigured: there are any.
        """
        if self._texts:
            raise self.wrong(f"has an unknown option: {', '.join(self._texts)}")

    def wrong(self, what: str) -> ImproperlyConfigured:
        """Return an error that begins with the variable's name."""
        return ImproperlyConfigured(f"{self._variable} {what}.")
