"""What is said of a room whose drafts come into force together, on all of its admin pages."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from routerproject.shared.admin import Difference
from usage import configuration
from usage.publishing import Publishing

Content = Mapping[str, Any]


class OfRoom:
    """A part of an admin that knows what is in force and what the drafts would change of it."""

    room: ClassVar[Publishing[Any, Any]]
    noun: ClassVar[str]  # such as "rulebook"
    together: ClassVar[str]  # what publishing the drafts does
    approval: ClassVar[str]  # why somebody else has to approve
    proposed: ClassVar[str]  # what became of a publication that waits for somebody
    taking_back: ClassVar[str]  # what becomes of drafts that are given up

    def differences(self, before: Content | None, after: Content) -> list[Difference]:
        """Return what the second content changes of the first; None: of nothing at all."""
        raise NotImplementedError

    def changes_of(self, content: Content) -> list[Difference]:
        """Return what a content would change of what is in force."""
        live = self.room.live_version()
        return self.differences(live.content if live else None, content)

    def waiting(self) -> list[Difference]:
        """Return what a publication of the drafts would change of what is in force."""
        return self.changes_of(self.room.draft_content())

    def given_up(self) -> list[Difference]:
        """Return what taking the drafts back to what is in force would change of them."""
        live = self.room.live_version()
        return self.differences(self.room.draft_content(), live.content) if live else []

    def may_publish(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(self.room.permission))

    def versions_url(self, page: str = "changelist") -> str:
        return reverse(admin_urlname(self.room.versions._meta, page))  # type: ignore[arg-type]

    def proposals_url(self) -> str:
        return reverse(admin_urlname(self.room.proposals._meta, "changelist"))  # type: ignore[arg-type]

    def tell(self, request: HttpRequest, put_forward: Any) -> None:
        """Say whether a publication is live or waits for somebody."""
        if isinstance(put_forward, self.room.versions):
            version = configuration.current_version()
            messages.success(request, f"Published. Configuration {version} is live.")
        else:
            messages.warning(request, self.proposed)


class WaitingDrafts(OfRoom, ModelAdmin):  # type: ignore[misc]
    """A list that tells when the drafts are not what is in force."""

    list_before_template = "admin/waiting_drafts.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "waiting": list(dict.fromkeys(each.what for each in self.waiting())),
            "may_publish": self.may_publish(request),
            "publish_url": self.versions_url("publish"),
            "take_back_url": self.versions_url("take_drafts_back"),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response
