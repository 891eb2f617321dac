"""The Messages API's paths: who may call, what answers, and the error of what does not exist."""

from urllib.parse import parse_qs

from routing.sandbox import batches, messages, wreck
from routing.sandbox.calls import Answer, Call, as_error, as_json
from routing.sandbox.problems import Problem, invalid, not_found
from routing.sandbox.state import State
from routing.sandbox.validate import check_version

PREFIX = "/v1/"
BODY_BYTES_MAX = 32 * 1024 * 1024
BATCHES = "/v1/messages/batches"
LIFECYCLES = {"active", "deprecated", "retired"}


def answer(state: State, call: Call) -> Answer:
    """Answer a call under /v1/; a refused Messages call has a line of zero in the book."""
    try:
        return _route(state, call, api_key(call))
    except Problem as problem:
        refused = problem
    except (UnicodeEncodeError, RecursionError):  # half a surrogate pair; endless nesting
        refused = invalid("The request body is not valid JSON")
    if call.method == "POST" and call.path == "/v1/messages":
        messages.write_off(state, call)
    return as_error(refused.status, refused.message, call.request_id)


def api_key(call: Call) -> str:
    """Return the caller's key from either header; raises Problem if there is none."""
    key = call.header(b"x-api-key")
    if key:
        return key
    scheme, _, token = (call.header(b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token
    raise Problem(401, "x-api-key header is required" if key is None else "invalid x-api-key")


def _route(state: State, call: Call, key: str) -> Answer:
    if len(call.body) > BODY_BYTES_MAX and call.path != BATCHES:
        raise Problem(413, "Request exceeds the maximum allowed number of bytes.")
    route = (call.method, call.path)
    if route == ("POST", "/v1/messages"):
        return messages.create(state, call, key)
    fault = state.script.match(call.path, call.body, "")
    if fault and fault.is_canned:
        return wreck.canned(fault, call.request_id)
    answer = _free_of_charge(state, call, key)
    answer.fault = fault
    return answer


def _free_of_charge(state: State, call: Call, key: str) -> Answer:
    """Answer what writes no line of its own."""
    route = (call.method, call.path)
    if route == ("POST", "/v1/messages/count_tokens"):
        return messages.count(state, call)
    check_version(call.header(b"anthropic-version"))
    if call.path.startswith(BATCHES):
        return _batch(state, call, key)
    if route == ("GET", "/v1/models"):
        return _models(state, call)
    if call.method == "GET" and call.path.startswith("/v1/models/"):
        return _model(state, call.path.removeprefix("/v1/models/"))
    raise not_found("Not found")


def _batch(state: State, call: Call, key: str) -> Answer:
    batches.settle(state)
    parts = call.path.removeprefix(BATCHES).strip("/").split("/")
    match call.method, parts:
        case "POST", [""]:
            return batches.create(state, call, key)
        case "GET", [""]:
            return batches.listing(state, call, key, query(call))
        case "GET", [batch_id]:
            return batches.retrieve(state, call, key, batch_id)
        case "DELETE", [batch_id]:
            return batches.delete(state, call, key, batch_id)
        case "POST", [batch_id, "cancel"]:
            return batches.cancel(state, call, key, batch_id)
        case "GET", [batch_id, "results"]:
            return batches.results(state, call, key, batch_id)
    raise not_found("Not found")


def _models(state: State, call: Call) -> Answer:
    asked = parse_qs(call.scope["query_string"].decode("latin-1"))
    wanted = set(asked.get("lifecycle", []) + asked.get("lifecycle[]", []))
    if wanted - LIFECYCLES:
        raise invalid("lifecycle: Input should be 'active', 'deprecated' or 'retired'")
    stages = wanted or {"active", "deprecated"}
    rows = [
        model.wire
        for name, model in state.models.items()
        if name == model.id and model.lifecycle in stages
    ]
    return as_json(batches.page(rows, query(call)))


def _model(state: State, name: str) -> Answer:
    model = state.models.get(name)
    if model is None:
        raise not_found(f"model: {name}")
    return as_json(model.wire)


def query(call: Call) -> dict[str, str]:
    """Return the query string, the last value of each name."""
    text = call.scope["query_string"].decode("latin-1")
    return {name: values[-1] for name, values in parse_qs(text).items()}
