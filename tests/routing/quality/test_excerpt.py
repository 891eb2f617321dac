"""What readers see of a request and its answer. Pure."""

from routing.quality.excerpt import LONGEST_ANSWER, LONGEST_ASKED, excerpt_of, read
from routing.types import ProviderReply, RouteRequest
from tests.routing.tables import NOW
from usage.pricing import TokenCounts


def reply(*blocks) -> ProviderReply:
    return ProviderReply(blocks, "end_turn", "m", TokenCounts(), "r", 1.0)


def request(**fields) -> RouteRequest:
    messages = fields.pop("messages", ({"role": "user", "content": "Dose?"},))
    return RouteRequest("r-1", "demo", "pms", messages, NOW, **fields)


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def test_texts_come_in_their_order_and_what_is_no_text_is_named():
    shown = excerpt_of(
        request(
            system="Be brief.",
            messages=(
                {"role": "user", "content": [text("Look."), {"type": "image", "source": {}}]},
                {"role": "assistant", "content": [{"type": "tool_use", "input": {"k": 7.1}}]},
                {"role": "user", "content": [{"type": "tool_result", "content": [text("7.1")]}]},
            ),
            context={"unit": "mmol"},
        ),
        reply(text("High."), text("Treat.")),
    )
    assert shown.asked == (
        ("system", "Be brief."),
        ("user", "Look."),
        ("image", "(image, not kept)"),
        ("tool_use", '{"k":7.1}'),
        ("tool_result", "7.1"),
        ("context", '{"unit":"mmol"}'),
    )
    assert shown.answer == "High.\n\nTreat."
    assert not shown.is_cut
    assert read(shown.as_json()) == shown


def test_of_a_long_conversation_the_newest_is_kept_and_it_is_said():
    long = "x" * (LONGEST_ASKED - 3)
    messages = tuple({"role": "user", "content": word} for word in ("old", long, "new"))
    shown = excerpt_of(request(messages=messages), reply(text("y" * (LONGEST_ANSWER + 1))))
    assert [words[:3] for _, words in shown.asked] == ["xxx", "new"]
    assert len(shown.answer) == LONGEST_ANSWER
    assert shown.is_cut
    assert "new" not in repr(shown)
