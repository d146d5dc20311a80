"""What leaves the process when it is masked, or when content is not captured at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace as otel

import pilothouse as ph
from fakes.receiver import Receiver
from pilothouse.tracing.content import is_content


@pytest.fixture(autouse=True)
def _stop() -> Iterator[None]:
    yield
    ph.shutdown()


def _record() -> None:
    tracer = otel.get_tracer("a.library")
    with ph.span("ask", kind="llm", input="card 4711") as span:
        span.set_output({"said": "4711"}).set_model("gpt-5").set_metadata(note="4711")
        span.add_event("log", {"text": "saw 4711"})
        with tracer.start_as_current_span("theirs") as theirs:
            theirs.set_attribute("llm.input_messages.0.message.content", "my card is 4711")
            theirs.set_attribute("llm.input_messages.0.message.role", "user")
            theirs.set_attribute("llm.token_count.prompt", 4711)
    with pytest.raises(ValueError, match="4711"), ph.span("fail"):
        raise ValueError("bad card 4711")
    ph.flush()


def test_a_mask_sees_every_text_of_every_span(inbox: Receiver) -> None:
    ph.init(endpoint=inbox.url, instrument=False, mask=lambda text: text.replace("4711", "****"))

    _record()

    ask, theirs, fail = (inbox.named(name) for name in ("ask", "theirs", "fail"))
    assert ask.attributes["input.value"] == "card ****"
    assert ask.attributes["output.value"] == '{"said":"****"}'
    assert ask.attributes["metadata"] == '{"note":"****"}'
    assert ask.events[0][1] == {"text": "saw ****"}
    assert theirs.attributes["llm.input_messages.0.message.content"] == "my card is ****"
    assert theirs.attributes["llm.token_count.prompt"] == 4711
    assert fail.status_message == "ValueError: bad card ****"
    assert "4711" not in str(fail.events)


def test_a_mask_that_fails_hides_the_text_and_is_reported(
    inbox: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(text: str) -> str:
        raise KeyError(text)

    ph.init(endpoint=inbox.url, instrument=False, mask=broken)

    _record()

    assert inbox.named("ask").attributes["input.value"] == "[masking failed]"
    assert inbox.named("ask").attributes["openinference.span.kind"] == "LLM"
    assert sum("the mask given to" in record.message for record in caplog.records
               if record.levelname == "WARNING") == 1  # fmt: skip


def test_without_content_the_rest_is_still_there(inbox: Receiver) -> None:
    ph.init(endpoint=inbox.url, instrument=False, capture_content=False)

    _record()

    ask, theirs = inbox.named("ask"), inbox.named("theirs")
    assert "input.value" not in ask.attributes
    assert "output.value" not in ask.attributes
    assert ask.attributes["llm.model_name"] == "gpt-5"
    assert set(theirs.attributes) == {
        "llm.input_messages.0.message.role",
        "llm.token_count.prompt",
    }


@pytest.mark.parametrize(
    "key",
    [
        "input.value",
        "llm.output_messages.0.message.contents.1.message_content.text",
        "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments",
        "retrieval.documents.3.document.content",
        "embedding.embeddings.0.embedding.text",
        "gen_ai.input.messages",
        "gen_ai.prompt.0.content",
        "gen_ai.completion",
        "gen_ai.tool.call.result",
        "traceloop.entity.output",
        "ai.prompt.messages",
        "ai.response.text",
    ],
)
def test_these_attributes_are_content(key: str) -> None:
    assert is_content(key)


@pytest.mark.parametrize(
    "key",
    [
        "input.mime_type",
        "llm.model_name",
        "llm.input_messages.0.message.role",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
        "llm.prompt_template.version",
        "gen_ai.prompt.name",
        "gen_ai.usage.input_tokens",
        "retrieval.documents.0.document.id",
        "retrieval.documents.0.document.score",
        "session.id",
    ],
)
def test_these_are_not(key: str) -> None:
    assert not is_content(key)


def test_a_lone_surrogate_costs_no_other_span(inbox: Receiver) -> None:
    ph.init(endpoint=inbox.url, instrument=False)

    with ph.span("good"):
        pass
    with ph.span("torn", input="half \ud83d of a pair"):
        pass
    ph.flush()

    assert {span.name for span in inbox.spans} == {"good", "torn"}
    assert inbox.named("torn").attributes["input.value"] == "half ? of a pair"
