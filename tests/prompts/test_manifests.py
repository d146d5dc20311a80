"""LangChain's manifests and the plain form: each from the other, loaded by LangChain itself."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.prompts.structured import StructuredPrompt
from langchain_openai import ChatOpenAI

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.rendering import rendered

TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}
SCHEMA = {"title": "A", "type": "object", "properties": {"a": {"type": "string"}}}
MODEL = ChatOpenAI(model="gpt-4o", api_key="secret-key", temperature=0.2)


def structured() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return StructuredPrompt([("human", "{q}")], schema_=SCHEMA)


def dumped(thing: Any) -> dict[str, Any]:
    return json.loads(json.dumps(dumpd(thing)))


CHAT = ChatPromptTemplate([
    ("system", "You are {role}"),
    SystemMessage("a literal {text}"),
    ("human", "{q}"),
    ("placeholder", "{history}"),
    MessagesPlaceholder("more"),
    ("ai", "well"),
])  # fmt: skip
PARTS = ChatPromptTemplate(
    [
        (
            "human",
            [
                {"type": "text", "text": "{a} b"},
                {"type": "image_url", "image_url": {"url": "{u}"}},
            ],
        )
    ],
)


@pytest.mark.parametrize(
    "prompt",
    [
        CHAT,
        PARTS,
        ChatPromptTemplate([("human", "{{a}}")], template_format="mustache"),
        PromptTemplate.from_template("a {b}"),
        structured(),
    ],
    ids=["chat", "parts", "mustache", "text", "structured"],
)
def test_a_prompt_of_langchain_survives_the_plain_form(prompt: Any) -> None:
    written = manifests.check(dumped(prompt))

    again = manifests.manifest_of(manifests.plain(written))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load(again, allowed_objects="all") == load(written, allowed_objects="all")


def test_the_plain_form_of_a_chat_prompt() -> None:
    assert manifests.plain(dumped(CHAT)) == {
        "type": "chat",
        "messages": [
            {"role": "system", "content": "You are {role}"},
            {"role": "system", "content": "a literal {text}", "literal": True},
            {"role": "user", "content": "{q}"},
            {"role": "placeholder", "name": "history", "optional": True},
            {"role": "placeholder", "name": "more", "optional": False},
            {"role": "assistant", "content": "well"},
        ],
        "template_format": "f-string",
        "variables": ["role", "q", "history", "more"],
        "model": None,
        "parameters": {},
        "schema": None,
        "tools": [],
    }


@pytest.mark.parametrize("bound", [MODEL, MODEL.bind_tools([TOOL])], ids=["model", "bound"])
def test_a_sequence_has_a_prompt_and_a_model(bound: Any) -> None:
    manifest = manifests.check(dumped(CHAT | bound))

    plain = manifests.plain(manifest)

    assert manifests.prompt_part(manifest) == dumped(CHAT)
    assert manifests.model_of(manifest) == ("openai", "gpt-4o")
    assert plain["model"] == {"provider": "openai", "name": "gpt-4o"}
    assert plain["parameters"] == {"temperature": 0.2}
    assert plain["tools"] == ([] if bound is MODEL else [TOOL])
    assert "secret" not in json.dumps(plain)


def test_a_jinja_template_is_kept_and_not_filled_in() -> None:
    manifest = dumped(PromptTemplate.from_template("a {b}"))
    manifest["kwargs"] |= {"template": "{{ ''.__class__ }}", "template_format": "jinja2"}
    plain = manifests.plain(manifests.check(manifest))

    assert (plain["template_format"], plain["variables"]) == ("jinja2", [])
    with pytest.raises(BadRequest, match="not filled in"):
        rendered(plain, {})


def test_a_parser_after_the_model_is_no_model() -> None:
    manifest = dumped(CHAT | MODEL | StrOutputParser())

    assert manifests.model_of(manifest) == ("openai", "gpt-4o")
    assert manifests.prompt_part(manifest) == dumped(CHAT)


@pytest.mark.parametrize("provider", ["", "our-vllm", *manifests.PROVIDERS])
def test_what_is_written_plainly_is_read_back_plainly(provider: str) -> None:
    plain = {
        "type": "chat",
        "messages": [{"role": "system", "content": "s {x}"}, {"role": "critic", "content": "c"}],
        "template_format": "f-string",
        "variables": ["x"],
        "model": {"provider": provider, "name": "claude-opus"},
        "parameters": {"temperature": 0.5},
        "schema": SCHEMA,
        "tools": [TOOL],
    }

    read = manifests.plain(manifests.check(manifests.manifest_of(plain)))

    expected = {"provider": provider or "anthropic", "name": "claude-opus"}
    assert read == plain | {"model": expected}


def test_a_model_of_a_provider_of_ones_own_is_one_that_langchain_loads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    manifest = manifests.manifest_of({
        "messages": [{"role": "user", "content": "{q}"}],
        "model": "our-vllm/qwen3",
        "parameters": {"temperature": 0.5, "metadata": {"team": "support"}},
    })  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sequence: Any = load(manifest, secrets_from_env=True, allowed_objects="all")

    assert sequence.last.model_name == "qwen3"
    assert manifests.model_of(manifest) == ("our-vllm", "qwen3")
    assert manifests.plain(manifest)["parameters"]["metadata"] == {"team": "support"}


def test_a_plain_prompt_with_a_model_is_loaded_by_langchain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    manifest = manifests.manifest_of({
        "messages": [{"role": "user", "content": "{q}"}],
        "model": "openai/gpt-4o",
        "parameters": {"temperature": 0.5},
        "tools": [TOOL],
    })  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sequence: Any = load(manifest, secrets_from_env=True, allowed_objects="all")

    assert sequence.first.invoke({"q": "hi"}).to_messages()[0].content == "hi"
    assert sequence.last.bound.model_name == "gpt-4o"
    assert sequence.last.kwargs == {"tools": [TOOL]}


def test_a_playground_becomes_what_clients_can_load() -> None:
    kwargs = {"first": dumped(CHAT), "last": dumped(MODEL)}
    playground = {
        "lc": 1,
        "type": "constructor",
        "id": ["langsmith", "playground", "PromptPlayground"],
        "kwargs": kwargs,
    }
    manifests.check(playground)

    whole = manifests.with_model(playground)

    assert whole["id"] == ["langchain", "schema", "runnable", "RunnableSequence"]
    assert whole["kwargs"] == kwargs
    assert manifests.prompt_part(playground) == dumped(CHAT)


def test_rendering_is_what_langchain_renders() -> None:
    values = {"role": "kind", "q": "why {not}?", "more": [("ai", "so")]}
    theirs = CHAT.invoke(values).to_messages()

    ours = rendered(
        manifests.plain(dumped(CHAT)),
        values | {"more": [{"role": "assistant", "content": "so"}]},
    )

    roles = {"system": "system", "human": "user", "ai": "assistant"}
    assert ours == [{"role": roles[m.type], "content": m.content} for m in theirs]


def test_parts_are_filled_in_too() -> None:
    [message] = rendered(manifests.plain(dumped(PARTS)), {"a": "A", "u": "http://x"})

    assert message["content"] == [
        {"type": "text", "text": "A b"},
        {"type": "image_url", "image_url": {"url": "http://x"}},
    ]


def test_messages_of_a_model_keep_their_tool_calls() -> None:
    call = {"name": "f", "args": {"x": 1}, "id": "1", "type": "tool_call"}
    prompt = ChatPromptTemplate([AIMessage("", tool_calls=[call])])

    [message] = manifests.plain(dumped(prompt))["messages"]

    assert message["tool_calls"] == [call]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"messages": []},
        {"messages": ["hi"]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": 1}]},
        {"messages": [{"role": "placeholder"}]},
        {"messages": [{"role": "user", "content": "x"}], "tools": [TOOL]},
        {"messages": [{"role": "user", "content": "x"}], "model": {"provider": "x"}},
        {"messages": [{"role": "user", "content": "x"}], "model": "no body/m"},
        {"messages": [{"role": "user", "content": "x"}] * 2, "type": "text"},
        {"messages": [{"role": "user", "content": "x"}], "template_format": "jinja2"},
    ],
)
def test_a_wrong_prompt_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        manifests.manifest_of(wrong)
