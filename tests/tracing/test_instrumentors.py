"""Real libraries with their real instrumentors, against a scripted server."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.openai_server import ANSWER, WEATHER, OpenAI
from fakes.receiver import Receiver
from pilothouse.tracing.instrumentors import LIBRARIES

pytestmark = pytest.mark.slow
Script = Callable[..., Any]
KEYS = {"OPENAI_API_KEY": "sk-test", "ANTHROPIC_API_KEY": "sk-test"}


def test_openai_is_recorded_though_it_is_imported_after_init(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    run = script(
        f"""
        import sys
        import pilothouse as ph
        ph.init(project="openai")
        assert "openai" not in sys.modules
        from openai import OpenAI
        client = OpenAI(base_url="{llm.base_url}")
        with ph.session("conv-1", user="u-7"), ph.span("turn", kind="agent"):
            answer = client.chat.completions.create(
                model="gpt-5-mini", messages=[{{"role": "user", "content": "capital?"}}]
            )
        print(answer.choices[0].message.content)
        """,
        inbox.url,
        **KEYS,
    )

    assert run.stdout.strip() == ANSWER
    span = inbox.named("ChatCompletion")
    assert span.parent_span_id == inbox.named("turn").span_id
    assert span.attributes["openinference.span.kind"] == "LLM"
    assert span.attributes["session.id"] == "conv-1"
    assert span.attributes["user.id"] == "u-7"
    assert span.attributes["llm.input_messages.0.message.content"] == "capital?"
    assert span.attributes["llm.token_count.prompt"] == 25
    assert span.attributes["llm.token_count.prompt_details.cache_read"] == 8


def test_openai_streams_tools_embeddings_and_errors(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    run = script(
        f"""
        import json
        import openai
        import pilothouse as ph
        ph.init(project="openai")
        client = openai.OpenAI(base_url="{llm.base_url}", max_retries=0)

        @ph.observe(kind="llm")
        def stream():
            for chunk in client.chat.completions.create(
                model="gpt-5-mini",
                messages=[{{"role": "user", "content": "capital?"}}],
                stream=True,
                stream_options={{"include_usage": True}},
            ):
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content

        print("".join(stream()))

        @ph.observe(kind="tool")
        def get_weather(city):
            return {{"celsius": 18}}

        tools = [{{"type": "function", "function": {{"name": "get_weather", "parameters": {{}}}}}}]
        messages = [{{"role": "user", "content": "weather in Paris?"}}]
        with ph.span("agent", kind="agent"):
            reply = client.chat.completions.create(
                model="gpt-5", messages=messages, tools=tools
            ).choices[0].message
            call = reply.tool_calls[0]
            result = get_weather(**json.loads(call.function.arguments))
            messages += [reply, {{"role": "tool", "tool_call_id": call.id,
                                  "content": json.dumps(result)}}]
            print(client.chat.completions.create(
                model="gpt-5", messages=messages, tools=tools
            ).choices[0].message.content)

        client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
        try:
            client.chat.completions.create(model="gpt-broken", messages=messages)
        except openai.InternalServerError:
            print("failed as it should")
        """,
        inbox.url,
        **KEYS,
    )

    assert run.stdout.splitlines() == [ANSWER + " ", WEATHER, "failed as it should"]
    stream = inbox.named("stream")
    assert stream.attributes["output.value"] == ANSWER + " "
    calls = [span for span in inbox.spans if span.name == "ChatCompletion"]
    inside = [span for span in calls if span.parent_span_id == stream.span_id]
    assert [span.attributes["llm.token_count.total"] for span in inside] == [37]
    tool = inbox.named("get_weather")
    assert json.loads(tool.attributes["input.value"]) == {"city": "Paris"}
    assert tool.parent_span_id == inbox.named("agent").span_id
    embedding = next(s for s in inbox.spans
                     if s.attributes.get("openinference.span.kind") == "EMBEDDING")  # fmt: skip
    assert embedding.attributes["llm.token_count.prompt"] == 9
    assert [s.status for s in calls].count("error") == 1


def test_without_content_an_instrumentor_sends_none(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    script(
        f"""
        import pilothouse as ph, openai
        ph.init(project="openai", capture_content=False)
        openai.OpenAI(base_url="{llm.base_url}").chat.completions.create(
            model="gpt-5-mini", messages=[{{"role": "user", "content": "capital?"}}]
        )
        """,
        inbox.url,
        **KEYS,
    )

    found = inbox.named("ChatCompletion").attributes
    assert "capital?" not in str(found)
    assert ANSWER not in str(found)
    assert found["llm.token_count.total"] == 37


def test_anthropic_is_recorded_with_its_cache(script: Script, inbox: Receiver, llm: OpenAI) -> None:
    script(
        f"""
        import pilothouse as ph
        ph.init(project="anthropic")
        from anthropic import Anthropic
        Anthropic(base_url="{llm.url}").messages.create(
            model="claude-sonnet-4-5", max_tokens=100,
            messages=[{{"role": "user", "content": "capital?"}}],
        )
        """,
        inbox.url,
        **KEYS,
    )

    span = next(s for s in inbox.spans if s.attributes.get("openinference.span.kind") == "LLM")
    assert span.attributes["llm.model_name"] == "claude-sonnet-4-5"
    assert span.attributes["llm.token_count.prompt"] == 70
    assert span.attributes["llm.token_count.prompt_details.cache_read"] == 40


def test_langchain_is_recorded_once_with_the_model_call_inside(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    run = script(
        f"""
        import pilothouse as ph
        ph.init(project="langchain")
        from langchain_core.prompts import ChatPromptTemplate
        from langchain_openai import ChatOpenAI
        chain = ChatPromptTemplate.from_messages([("user", "{{q}}")]) | ChatOpenAI(
            model="gpt-5-mini", base_url="{llm.base_url}"
        )
        with ph.session("conv-9"):
            print(chain.invoke({{"q": "capital?"}}).content)
        """,
        inbox.url,
        **KEYS,
    )

    assert run.stdout.strip() == ANSWER
    sequence, chat = inbox.named("RunnableSequence"), inbox.named("ChatOpenAI")
    assert chat.trace_id == sequence.trace_id
    assert chat.attributes["session.id"] == "conv-9"
    assert chat.attributes["openinference.span.kind"] == "LLM"


def test_pydantic_ai_records_itself(script: Script, inbox: Receiver) -> None:
    script(
        """
        import pilothouse as ph
        ph.init(project="pydantic-ai")
        from pydantic_ai import Agent
        from pydantic_ai.models.test import TestModel
        agent = Agent(TestModel(custom_output_text="Paris."), name="geographer")
        with ph.session("conv-3"):
            print(agent.run_sync("capital?").output)
        """,
        inbox.url,
    )

    agents = [s for s in inbox.spans if s.attributes.get("gen_ai.agent.name") == "geographer"]
    assert agents
    assert all(span.attributes["session.id"] == "conv-3" for span in inbox.spans)
    assert any("Paris." in str(span.attributes) for span in agents)


def test_the_table_the_extras_and_the_page_say_the_same() -> None:
    root = Path(__file__).parents[2]
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    page = (root / "docs/how-to/instrument-python.md").read_text()

    named = {library.extra for library in LIBRARIES if library.extra}
    brought = {
        extra for extra, packages in extras.items()
        if len(packages) == 1 and packages[0].startswith("openinference-instrumentation-")
    }  # fmt: skip

    assert named == brought
    assert all(f"`{extra}`" in page for extra in named)


def test_only_the_named_libraries_are_instrumented(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    run = script(
        f"""
        import pilothouse as ph, openai
        ph.init(instrument=["anthropic", "opanai"])
        openai.OpenAI(base_url="{llm.base_url}").chat.completions.create(
            model="gpt-5-mini", messages=[{{"role": "user", "content": "capital?"}}]
        )
        """,
        inbox.url,
        **KEYS,
    )

    assert inbox.spans == []
    assert "unknown library 'opanai'" in run.stderr


def test_a_library_without_its_instrumentor_is_named_once_with_its_extra(
    script: Script, inbox: Receiver, tmp_path: Any
) -> None:
    (tmp_path / "crewai").mkdir()
    (tmp_path / "crewai" / "__init__.py").write_text("")
    run = script(
        """
        import sys, pathlib
        import pilothouse as ph
        ph.init()
        ph.init()
        print("crewai" in sys.modules)
        """,
        inbox.url,
    )

    assert run.stdout.strip() == "False"
    assert "pip install 'pilothouse[crewai]'" in run.stderr


def test_an_instrumentor_that_fails_is_reported_and_harms_nothing(
    script: Script, inbox: Receiver, llm: OpenAI
) -> None:
    run = script(
        f"""
        import openinference.instrumentation.openai as broken
        def refuse(self, **options):
            raise RuntimeError("versions do not fit")
        broken.OpenAIInstrumentor._instrument = refuse
        import pilothouse as ph
        ph.init()
        import openai
        print(openai.OpenAI(base_url="{llm.base_url}").chat.completions.create(
            model="gpt-5-mini", messages=[{{"role": "user", "content": "capital?"}}]
        ).choices[0].message.content)
        """,
        inbox.url,
        **KEYS,
    )

    assert run.stdout.strip() == ANSWER
    assert "instrumentor 'openai' failed and was skipped" in run.stderr
