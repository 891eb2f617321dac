"""The cost of choosing one tier where another was needed."""

from django.contrib import admin

from routing.admin.drafts import DraftAdmin
from routing.models import Loss


@admin.register(Loss)
class LossAdmin(DraftAdmin):
    list_display = ("__str__", "needed", "chosen", "loss")
    list_filter = ("needed", "chosen")
    fieldsets = (("Which choice", {"fields": ("needed", "chosen", "loss")}),)
