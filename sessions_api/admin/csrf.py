"""What Django's protection against forged requests says to somebody who forged none.

A host names :func:`csrf_failure` in its setting ``CSRF_FAILURE_VIEW``.
"""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page was out of date, and lead back to it (403).

    That is what nearly always is behind it: each login makes the forms void that were opened before
    it, in other tabs too. To whoever does forge requests it tells nothing.

    :param reason: Django's, which goes to the log.
    """
    context = {
        # Not each_context(): that asks the database who may see what, for whoever posts anything.
        "site_header": admin.site.site_header,
        "site_title": admin.site.site_title,
        "title": gettext("This page was out of date"),
        "again": request.get_full_path(),
    }
    return render(request, "admin/sessions_api/csrf_failure.html", context, status=403)
