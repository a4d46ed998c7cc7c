"""The front page, and what browsers and crawlers ask of every site."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

#: The page loads its own style sheet and icon, and nothing else (CSP Level 3).
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
#: Search engines have no business with an API and a console (RFC 9309).
ROBOTS = "User-agent: *\nDisallow: /\n"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Return the front page, which says what this is and where everything is."""
    page = render(
        request,
        "home.html",
        {"manual_url": settings.MANUAL_URL, "has_account_pages": settings.ACCOUNT_PAGES},
    )
    page.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return page


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, "text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect to the icon, for browsers that ask for it without a page that names it."""
    return redirect(static("cumulonimbus/favicon.svg"))
