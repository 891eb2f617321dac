from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, pre_migrate

from routerproject.shared import sign_out
from usage import migrating


class UsageConfig(AppConfig):
    name = "usage"
    verbose_name = "Usage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(migrating.lift_limits, sender=self)
        post_migrate.connect(migrating.restore_limits, sender=self)
        user_logged_in.connect(sign_out.note_sign_in)
