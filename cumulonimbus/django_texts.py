"""Texts of Django's admin that its German and Arabic catalogs lack: those of this app have them.

The catalogs are merged, so naming the texts here is enough.
"""

from django.utils.translation import gettext_noop

TEXTS = (
    gettext_noop("Password-based authentication"),
    gettext_noop("Enabled"),
    gettext_noop("Disabled"),
    gettext_noop("Password-based authentication was disabled."),
    gettext_noop("Set password"),
    gettext_noop("Set password: %s"),
    gettext_noop("Enable password-based authentication for this user by setting a password."),
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. If disabled, they "
        "may still be able to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
)
