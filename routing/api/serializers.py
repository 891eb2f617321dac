"""What the endpoints take and give, for the OpenAPI page. The checks themselves are in `body.py`;
a contract test holds both together."""

from rest_framework import serializers

from routing.api import body


class PatientSerializer(serializers.Serializer[object]):
    """Known identifiers of a patient; they become tokens before anything leaves."""

    id = serializers.CharField(required=False)
    name = serializers.JSONField(
        required=False, help_text="A string, or {first, middle, last, preferred}."
    )
    birth_date = serializers.CharField(required=False)
    dob = serializers.CharField(required=False)
    sex = serializers.CharField(required=False)
    mrn = serializers.CharField(required=False)
    ssn = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    phones = serializers.ListField(child=serializers.CharField(), required=False)
    email = serializers.CharField(required=False)
    address = serializers.JSONField(
        required=False, help_text="A string, or {street, city, state, zip}."
    )
    insurance_member_id = serializers.CharField(required=False)
    group_number = serializers.CharField(required=False)
    account_number = serializers.CharField(required=False)
    portal_username = serializers.CharField(required=False)
    employer = serializers.CharField(required=False)
    emergency_contact = serializers.JSONField(required=False)
    pcp = serializers.JSONField(required=False)
    other = serializers.DictField(required=False, help_text="{label: value}")


class RouteRequestSerializer(serializers.Serializer[object]):
    """One request. Give `prompt` or `messages`, not both; unknown fields are refused by name."""

    task_type = serializers.CharField(required=False, allow_null=True)
    prompt = serializers.CharField(required=False)
    messages = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="Anthropic messages."
    )
    system = serializers.JSONField(required=False, help_text="A string, or text blocks.")
    urgency = serializers.ChoiceField(choices=body.URGENCIES, default="interactive")
    accuracy = serializers.ChoiceField(choices=body.ACCURACIES, default="standard")
    patient_facing = serializers.BooleanField(
        default=False, help_text="A person outside the clinic reads the answer as it is."
    )
    patient = PatientSerializer(required=False)
    patients = PatientSerializer(many=True, required=False)
    context = serializers.JSONField(  # type: ignore[assignment]
        required=False, help_text="Free JSON, put before the last user text."
    )
    session_id = serializers.CharField(required=False)
    case_id = serializers.CharField(required=False)
    user = serializers.CharField(required=False)
    metadata = serializers.DictField(
        required=False, help_text="For the record only; never sent out."
    )
    model = serializers.CharField(
        required=False, help_text="A tier slug or model id; needs the scope route:override."
    )
    max_tokens = serializers.IntegerField(required=False, min_value=1)
    effort = serializers.ChoiceField(choices=body.EFFORTS, required=False)
    thinking = serializers.DictField(required=False)
    temperature = serializers.FloatField(required=False, min_value=0, max_value=1)
    stop_sequences = serializers.ListField(child=serializers.CharField(), required=False)
    tools = serializers.ListField(child=serializers.DictField(), required=False)
    tool_choice = serializers.DictField(required=False)
    output_format = serializers.DictField(
        required=False, help_text='{"type": "json_schema", "schema": {..}}'
    )
    stream = serializers.BooleanField(default=False)
    cache = serializers.BooleanField(default=True)
    deadline_ms = serializers.IntegerField(required=False, min_value=1)
    llm_classifier = serializers.BooleanField(default=True)


class ReasonSerializer(serializers.Serializer[object]):
    step = serializers.CharField()
    code = serializers.CharField()
    text = serializers.CharField()
    effect = serializers.CharField()


class RoutingSerializer(serializers.Serializer[object]):
    """The decision, and each outbound call it led to."""

    task_type = serializers.CharField(allow_null=True)
    tier = serializers.CharField()
    model = serializers.CharField(allow_null=True)
    deployment = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    confidence = serializers.FloatField()
    complexity = serializers.CharField()
    reasons = ReasonSerializer(many=True)
    floor = serializers.CharField(allow_null=True)
    variant = serializers.CharField(allow_null=True)
    prompt_version = serializers.CharField(allow_null=True)
    attempts = serializers.ListField(child=serializers.DictField())


class CostSerializer(serializers.Serializer[object]):
    """Decimal strings of USD."""

    total_usd = serializers.CharField()
    model_usd = serializers.CharField()
    classifier_usd = serializers.CharField()
    other_usd = serializers.CharField()
    uniform_opus_usd = serializers.CharField()
    saved_usd = serializers.CharField()


class RouteReplySerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    text = serializers.CharField()
    content = serializers.ListField(child=serializers.DictField())
    stop_reason = serializers.CharField(allow_null=True)
    truncated = serializers.BooleanField()
    routing = RoutingSerializer()
    usage = serializers.DictField(child=serializers.IntegerField())
    cost = CostSerializer()
    latency_ms = serializers.DictField(child=serializers.FloatField(allow_null=True))
    cache = serializers.DictField()
    phi = serializers.DictField()
    warnings = serializers.ListField(child=serializers.DictField())


class AlternativeSerializer(serializers.Serializer[object]):
    tier = serializers.CharField()
    model = serializers.CharField()
    cost_usd = serializers.CharField()
    expected_loss = serializers.FloatField()


class ExplainReplySerializer(serializers.Serializer[object]):
    routing = RoutingSerializer()
    estimated_cost_usd = serializers.CharField()
    alternatives = AlternativeSerializer(many=True)
    decision_ms = serializers.FloatField()


class SanitizeRequestSerializer(serializers.Serializer[object]):
    text = serializers.CharField()
    patient = PatientSerializer(required=False)
    patients = PatientSerializer(many=True, required=False)
    case_id = serializers.CharField(required=False)
    task_type = serializers.CharField(required=False)


class FindingSerializer(serializers.Serializer[object]):
    """Offsets in code points of the input."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    category = serializers.CharField()
    recognizer = serializers.CharField()
    score = serializers.FloatField()


class SanitizeReplySerializer(serializers.Serializer[object]):
    text = serializers.CharField()
    findings = FindingSerializer(many=True)
    mapping = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="not where the policy redacts"
    )


class UsageSummarySerializer(serializers.Serializer[object]):
    """Sums over the requests of a time range."""

    to = serializers.DateTimeField()
    requests = serializers.IntegerField()
    attempts = serializers.IntegerField()
    tokens = serializers.DictField(child=serializers.IntegerField())
    cost_usd = serializers.CharField()
    held_usd = serializers.CharField()
    unknown_usd = serializers.CharField()
    uniform_opus_usd = serializers.CharField()
    latency_ms = serializers.DictField(child=serializers.FloatField(allow_null=True))
    tiers = serializers.ListField(child=serializers.DictField())


# "from" is no name for an attribute.
UsageSummarySerializer._declared_fields["from"] = serializers.DateTimeField()


class ProblemSerializer(serializers.Serializer[object]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    problem = serializers.CharField()
    retryable = serializers.BooleanField()
    billed = serializers.BooleanField()
    request_id = serializers.CharField(required=False)
    first_request_id = serializers.CharField(required=False)
    first_cost_usd = serializers.CharField(required=False)
