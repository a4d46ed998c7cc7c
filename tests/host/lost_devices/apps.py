from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LostDevicesConfig(AppConfig):
    name = "tests.host.lost_devices"
    verbose_name = _("Lost devices")

    def ready(self) -> None:
        from sessions_api.services.audit import register_kinds as register_audit_kinds
        from sessions_api.services.notices import register_kinds as register_notice_kinds

        from .events import DeviceEvent
        from .mails import DeviceNotice, write

        register_audit_kinds(DeviceEvent)
        register_notice_kinds(DeviceNotice, write)
