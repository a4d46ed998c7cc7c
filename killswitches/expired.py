"""What becomes of a deed that reaches the admin when nobody is logged in.

Such a request leads to the login, and from there to the page that it was for, but as a mere
reading of it: what was posted is lost. So no address at which something is done may ask another
question when it is read, nor pass over in silence that nothing was done.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext


def nothing_changed(
    request: HttpRequest, url: str, message: str | None = None
) -> HttpResponseRedirect:
    """Lead to a list, which then says that nothing was changed.

    :param url: the path of the list.
    :param message: why, where that is known.
    """
    if message is None:
        # Whoever reads such an address may have followed a link there, and never have been
        # logged out.
        message = gettext("Nothing was changed. If you were logged out, start again from here.")
    messages.warning(request, message)
    return HttpResponseRedirect(url)
