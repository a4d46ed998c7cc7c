"""Pages below the page of an account, each of which does one thing to it and leads back there."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.contrib.admin.helpers import Fieldset
from django.contrib.admin.utils import quote, unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext

from killswitches.admin.base import ModelAdmin
from sessions_api.accounts.lookup import user_key


class AccountPagesMixin(ModelAdmin):
    """Mixed into the ``ModelAdmin`` of a user model.

    Subclasses return their pages from :meth:`account_pages`.
    """

    def account_pages(self) -> Mapping[str, Callable[[HttpRequest, str], HttpResponse]]:
        """Return the views of the pages by their names, with ``_`` for ``-`` in their paths."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        """Add the pages."""
        own = [
            path(
                f"<path:object_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(view),
                name=self._name_of(name),
            )
            for name, view in self.account_pages().items()
        ]
        return [*own, *super().get_urls()]

    def page_url(self, name: str, account: AbstractBaseUser) -> str:
        """Return the URL of a page, or that of the account itself, which is ``change``."""
        url = f"admin:{self._name_of(name)}"
        return reverse(url, args=[quote(account.pk)], current_app=self.admin_site.name)

    def permitted_account(
        self,
        request: HttpRequest,
        object_id: str,
        is_permitted: Callable[[HttpRequest, AbstractBaseUser | None], bool],
    ) -> AbstractBaseUser | None:
        """Return the account of a page; None if this admin has no such account.

        :param is_permitted: whether the user of the request may use the page.
        :raises PermissionDenied: they may not.
        """
        text = unquote(object_id)
        account = self.get_object(request, text) if user_key(text) is not None else None
        if not is_permitted(request, account):
            raise PermissionDenied
        return account

    def account_page(
        self,
        request: HttpRequest,
        account: AbstractBaseUser,
        form: Form,
        template: str,
        **context: object,
    ) -> TemplateResponse:
        """Return a page with a form.

        :param context: for the template, with the ``title``.
        """
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "account": account,
            "form": form,
            # It accepts any form, but its stubs only model forms.
            "fieldset": Fieldset(form, fields=list(form.fields)),  # type: ignore[arg-type]
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/sessions_api/{template}", context)

    def back_to(self, account: AbstractBaseUser) -> HttpResponse:
        """Redirect to the page of the account, which shows the messages."""
        return HttpResponseRedirect(self.page_url("change", account))

    def back_without_account(self, request: HttpRequest) -> HttpResponse:
        """Redirect from the page of an account that does not exist."""
        messages.warning(request, gettext("This account no longer exists."))
        return self.response_post_save_change(request, None)

    def link_to_undo(self, name: str, account: AbstractBaseUser) -> str:
        """Return a link to the page that undoes what has just been done."""
        return format_html('<a href="{}">{}</a>', self.page_url(name, account), gettext("Undo"))

    def _name_of(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"
