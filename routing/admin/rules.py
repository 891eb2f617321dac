"""Rules: conditions and actions in fields of their own, with what they come to in words."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, CharField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from routerproject.shared.admin import row_or_404
from routing import types
from routing.admin import rule_states, rule_values
from routing.admin.drafts import DraftAdmin, DraftForm
from routing.admin.rule_fields import RuleFields
from routing.admin.rule_order import OrderForm
from routing.models import Rule
from routing.rulebook import wording
from routing.rulebook.cautions import cautions_about, cautions_about_rule
from routing.rulebook.publishing import PERMISSION, draft_content
from routing.types import Json
from usage.configuration import InvalidConfiguration

LIST = "admin:routing_rule_changelist"
LONGEST_SLUG = 63
COPIED = ("description", "priority")
WHAT = ("What it is for", {"fields": (("slug", "name"), "description")})


class RuleForm(RuleFields, DraftForm):
    """A rule whose JSON nobody has to write."""

    class Meta:
        model = Rule
        exclude = ("conditions", "actions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show(self.instance.conditions or {}, self.instance.actions or {})

    def _post_clean(self) -> None:
        if self.errors:
            self.instance.actions = self.instance.actions or {}  # of a new rule; not saved
        else:
            self.instance.conditions = self.conditions()
            self.instance.actions = self.actions()
        super()._post_clean()


@admin.register(Rule)
class RuleAdmin(DraftAdmin):
    form = RuleForm
    list_display = ("priority", "name", "when", "then", "state")
    list_display_links = ("name",)
    list_filter = ("is_published",)
    search_fields = ("slug", "name", "description")
    list_before_template = "admin/rule_cautions.html"
    change_form_before_template = "admin/rule_in_words.html"
    actions_list = ("order",)
    actions_detail = ("duplicate",)
    actions_row = ("duplicate",)
    fieldsets = (
        WHAT,
        ("Its place", {"fields": (("priority", "is_published"),)}),
        (
            "When all of this holds",
            {
                "fields": (
                    "task_type",
                    ("tenant", "client"),
                    ("urgency", "accuracy"),
                    ("min_characters", "max_characters"),
                    "patient_facing",
                    ("has_tools", "has_images"),
                    "keywords",
                ),
                "description": "What is left open does not matter.",
            },
        ),
        (
            "And it is this time",
            {"fields": (("window_from", "window_to"), "window_days", "window_timezone")},
        ),
        ("Then", {"fields": (("tier", "model"), ("floor", "ceiling"), "deny")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show a rule in words to those who only read it."""
        if obj is not None and not self.has_change_permission(request, obj):
            place = {"fields": (("priority", "is_published"), "when", "then")}
            return [WHAT, ("What it does", place)]
        return super().get_fieldsets(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """Add how each rule stands to what is in force."""
        rows: QuerySet[Rule] = super().get_queryset(request)
        states = [When(pk=key, then=Value(state)) for key, state in rule_states.states().items()]
        return rows.annotate(state=Case(*states, default=Value(""), output_field=CharField()))

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        own = [path("preview/", preview, name="routing_rule_preview")]
        return [*own, *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a copy with all of the original but its name and its being published."""
        number = request.GET.get("copy_of", "")
        original = Rule.objects.filter(pk=number).first() if number.isdecimal() else None
        if original is None:
            return {}
        return {
            **{name: getattr(original, name) for name in COPIED},
            **rule_values.initial_of(original.conditions, original.actions),
            "name": f"Copy of {original.name}"[:100],
            "slug": f"{original.slug[: LONGEST_SLUG - 5]}-copy",
        }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"cautions": cautions_about(draft_content()), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        rule = kwargs.get("obj")
        address = reverse("admin:routing_rule_preview")
        context["preview_url"] = f"{address}?rule={rule.pk}" if rule else address
        if rule is not None:
            context |= self._in_words(rule.conditions, rule.actions, rule, rule.slug)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Return what the fields say so far, in words. Nothing is saved."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        number = request.GET.get("rule", "")
        rule = Rule.objects.filter(pk=number).first() if number.isdecimal() else None
        fields = RuleFields(request.POST)
        fields.show(rule.conditions if rule else {}, rule.actions if rule else {})
        if fields.is_valid():
            given = Rule(slug=request.POST.get("slug", ""), priority=_number(request.POST))
            replaced = rule.slug if rule else ""
            context = self._in_words(fields.conditions(), fields.actions(), given, replaced)
        else:
            context = {"open": [each for errors in fields.errors.values() for each in errors]}
        return TemplateResponse(request, "admin/rule_sentence.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for caution in cautions_about_rule(types.Rule(**obj.content())):
            messages.warning(request, caution)

    def has_copy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_add_permission(request))

    @action(  # type: ignore[untyped-decorator]
        description="Duplicate", url_path="duplicate", icon="content_copy", permissions=["copy"]
    )
    def duplicate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the form of a new rule with the fields of this one; saving it makes the copy."""
        rule = row_or_404(Rule, object_id)
        return redirect(f"{reverse('admin:routing_rule_add')}?copy_of={rule.pk}")

    def has_order_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.has_change_permission(request))

    @action(  # type: ignore[untyped-decorator]
        description="Change the order", url_path="order", icon="swap_vert", permissions=["order"]
    )
    def order(self, request: HttpRequest) -> HttpResponse:
        """Show all rules in their order, and save another one."""
        may_publish = request.user.has_perm(PERMISSION)
        form = OrderForm(request.POST or None, may_publish=may_publish)
        if request.method == "POST" and self._is_reordered(request, form):
            return redirect(LIST)
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "The order of rules",
            "form": form,
            "back": reverse(LIST),
        }
        return TemplateResponse(request, "admin/rule_order.html", page)

    def _is_reordered(self, request: HttpRequest, form: OrderForm) -> bool:
        """Save the order and put it forward, or say in the form why not and save nothing."""
        try:
            with transaction.atomic():
                if not form.is_valid():
                    return False
                for rule in form.moved():
                    rule.save(update_fields=["priority"])
                    facts = {"fields": ["priority"], "is_new": False}
                    self._record(request, rule, "configuration-changed", **facts)
                self.put_forward(request, form.cleaned_data)
        except InvalidConfiguration as invalid:
            form.add_error(None, list(invalid.findings))
            return False
        return True

    @admin.display(description="State")
    def state(self, rule: Any) -> str:
        return str(rule.state)

    @admin.display(description="When")
    def when(self, rule: Rule) -> str:
        return wording.when(rule.conditions)

    @admin.display(description="Then")
    def then(self, rule: Rule) -> str:
        return wording.then(rule.actions)

    def _in_words(
        self,
        conditions: Mapping[str, Json],
        actions: Mapping[str, Json],
        place: Rule,
        replacing: str,
    ) -> dict[str, Any]:
        rule = types.Rule(place.slug or "new", 1, place.priority, conditions, actions)
        return {
            "sentence": wording.in_words(conditions, actions),
            "rule_cautions": cautions_about_rule(rule, replacing=replacing),
        }


def _number(given: Mapping[str, Any]) -> int:
    """Return the priority that is typed so far, or that of a new rule."""
    typed = str(given.get("priority", ""))
    usual: int = Rule._meta.get_field("priority").get_default()
    return int(typed) if typed.isdecimal() and len(typed) < 10 else usual
