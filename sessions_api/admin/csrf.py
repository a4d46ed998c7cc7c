"""The page that is shown if Django's CSRF protection refuses a form.

A host names :func:`csrf_failure` in its setting ``CSRF_FAILURE_VIEW``.
"""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page was out of date, and link back to it (403).

    That is nearly always the cause: each login invalidates the forms that were opened before it, in
    other tabs too. The page reveals nothing to somebody who does forge requests.

    :param reason: Django's reason, which Django logs.
    """
    context = {
        # Not each_context(): it queries permissions, and anybody can cause this response.
        "site_header": admin.site.site_header,
        "site_title": admin.site.site_title,
        "title": gettext("This page was out of date"),
        "again": request.get_full_path(),
    }
    return render(request, "admin/sessions_api/csrf_failure.html", context, status=403)
