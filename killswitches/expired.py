"""Handling of admin forms that are posted after the login has expired.

The user is redirected to the login page and from there back to the same URL, now with GET: the
posted data is lost. A URL that acts on POST must therefore do nothing else on GET than say that
nothing was changed.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext


def nothing_changed(
    request: HttpRequest, url: str, message: str | None = None
) -> HttpResponseRedirect:
    """Redirect to a change list with a warning that nothing was changed.

    :param url: the path of the list.
    :param message: the warning; by default, a general one.
    """
    if message is None:
        # The user may also have followed a link here, without ever being logged out.
        message = gettext("Nothing was changed. If you were logged out, start again from here.")
    messages.warning(request, message)
    return HttpResponseRedirect(url)
