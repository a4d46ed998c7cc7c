from django.apps import AppConfig


class CumulonimbusConfig(AppConfig):
    name = "cumulonimbus"
    verbose_name = "Accounts"
