"""The page behind the link "This wasn't me"."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from sessions_api.callers.clients import Client
from sessions_api.exceptions import InvalidUser, Overloaded
from sessions_api.notices.services.disowning import Disowned, disown, will_mail_link
from sessions_api.notices.services.links import (
    TOKEN,
    LinkExpired,
    LinkForged,
    LinkUnusable,
    LinkUsed,
    read_link,
)
from sessions_api.notices.services.texts import unlinked
from sessions_api.services.passwords import PasswordChanged

TEMPLATE = "sessions_api/notices/page.html"

HEADERS = {
    # The page's address has the token.
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}


# CSRF protection is not needed: a forged form would need the token, which is all that the real form
# contains. Django's check would refuse the real one, because without a referrer browsers send
# "Origin: null".
@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(sensitive_post_parameters(TOKEN), name="dispatch")
class NotMeView(View):
    """Asks for confirmation by a button, and then secures the account.

    Opening it changes nothing, because programs that scan mail open every link. The token is in the
    query, and not in the path, because Django writes paths to the log.
    """

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Add headers by which the page is not stored, and its address not sent to other sites."""
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what the button will do."""
        token = request.GET.get(TOKEN, "")
        try:
            link = read_link(token)
        except LinkUnusable as error:
            return _refusal(error)
        account = link.notice.user
        sentences = [
            gettext(
                "Do you think that somebody else uses your account %(username)s? Secure it: all "
                "its sessions will end, and its password will no longer work."
            )
            % {"username": unlinked(account.get_username())},
            gettext("You will get a mail with a link for a new password.")
            if will_mail_link(link.notice)
            else gettext("Then ask the staff of this site for a new password."),
        ]
        return _page(gettext("Secure your account"), sentences, token=token)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Secure the account."""
        try:
            done = disown(request.POST.get(TOKEN, ""), client=Client.of(request))
        except LinkUnusable as error:
            return _refusal(error)
        except InvalidUser:
            return _refusal(LinkForged())
        except (Overloaded, PasswordChanged):
            text = gettext("This could not be done just now. Nothing was changed.")
            again = gettext("Please open the link in your mail again in a moment.")
            return _page(gettext("Please try again"), [text, again], status=503)
        return _page(gettext("Your account is secured"), _result(done))


def _result(done: Disowned) -> list[str]:
    ended = ngettext(
        "%(count)s session has ended, and the password no longer works.",
        "%(count)s sessions have ended, and the password no longer works.",
        done.sessions,
    )
    return [
        ended % {"count": done.sessions},
        gettext("A link for a new password is on its way to your mailbox.")
        if done.is_link_mailed
        else gettext("Ask the staff of this site for a new password."),
        gettext("If you use the old password elsewhere, change it there, too."),
    ]


def _refusal(error: LinkUnusable) -> HttpResponse:
    match error:
        case LinkUsed():
            text = gettext("This link was used, or your account was secured in another way.")
        case LinkExpired():
            text = gettext("This link is older than three days.")
        case _:
            text = gettext("There is no such link. Is it complete?")
    advice = gettext(
        "If you think that somebody else uses your account, change your password, or ask the staff "
        "of this site."
    )
    return _page(gettext("This link does not work"), [text, advice], status=404)


def _page(title: str, sentences: list[str], *, token: str = "", status: int = 200) -> HttpResponse:
    # Without the request, so that no context processor of the host runs here.
    context = {"title": title, "sentences": sentences, "token": token}
    return HttpResponse(render_to_string(TEMPLATE, context), status=status)
