"""Models of all kinds answer the same requests, and fail in the same words."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.language_models import FakeListChatModel, FakeListLLM
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from fakes.openai_server import ANSWER, Answer, Body, OpenAI
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models import (
    ChatModel,
    Completion,
    Endpoint,
    FunctionModel,
    LangChainModel,
    Message,
    RateLimits,
    Request,
    as_embedder,
    as_model,
)
from pilothouse.evaluation.models.chat import Structure
from pilothouse.evaluation.models.wire import duration_s, retry_after_s
from pilothouse.evaluation.results import Usage

ASKED = Request(messages=[Message("system", "Be brief."), Message("user", "Paris?")])
SCHEMA = {
    "type": "object",
    "properties": {"label": {"type": "string"}},
    "required": ["label"],
    "additionalProperties": False,
}


def ask(model: ChatModel, request: Request = ASKED) -> Completion:
    return run(model.complete(request))


def endpoint(llm: OpenAI, **rest: Any) -> Endpoint:
    return Endpoint("m", llm.base_url, **rest)


def structured(structure: Structure) -> Request:
    return Request(messages=ASKED.messages, schema=SCHEMA, structure=structure)


def test_an_endpoint_answers_with_what_the_call_took(llm: OpenAI) -> None:
    got = ask(endpoint(llm, api_key="k-1"))

    assert (got.text, got.model, got.finish_reason) == (ANSWER, "m-2026-08-07", "stop")
    assert got.usage == Usage(input_tokens=25, output_tokens=12, cached_tokens=8, calls=1)
    assert got.latency_ms is not None
    assert llm.headers[0]["Authorization"] == "Bearer k-1"


def test_only_what_is_asked_for_is_sent(llm: OpenAI) -> None:
    model = endpoint(llm)

    ask(model)
    ask(model, replace(ASKED, temperature=0, seed=7, max_tokens=5, top_logprobs=3, stop="x"))

    bare, full = (body.keys() for _, body in llm.asked)
    assert bare == {"model", "messages"}
    assert full - bare == {
        "temperature",
        "seed",
        "max_tokens",
        "logprobs",
        "top_logprobs",
        "stop",
    }
    assert "Authorization" not in llm.headers[0]


@pytest.mark.parametrize(
    ("structure", "sent"),
    [
        ("json_schema", {"response_format": {"type": "json_schema"}}),
        ("tool", {"tool_choice": {"type": "function", "function": {"name": "verdict"}}}),
        ("json", {"response_format": {"type": "json_object"}}),
        ("text", {}),
    ],
)
def test_a_schema_is_asked_for_in_the_way_that_was_chosen(
    llm: OpenAI, structure: Structure, sent: Body
) -> None:
    llm.script = lambda _: Answer(text='{"label": "good"}')

    got = ask(endpoint(llm), structured(structure))

    body = llm.asked[0][1]
    assert json.loads(got.text) == {"label": "good"}
    assert {k: {**v, **body[k]} for k, v in sent.items()} == {k: body[k] for k in sent}
    assert set(body) - {"model", "messages", "tools"} == set(sent)


def test_text_with_half_a_character_is_sent_all_the_same(llm: OpenAI) -> None:
    ask(endpoint(llm), Request(messages=[Message("user", "cut \ud83d")]))

    assert llm.asked[0][1]["messages"][0]["content"] == "cut \ud83d"


def test_log_probabilities_come_with_their_alternatives(llm: OpenAI) -> None:
    top = [{"token": "4", "logprob": -0.1}, {"token": "5", "logprob": -2.5}]
    content = [{"token": "4", "logprob": -0.1, "top_logprobs": top}]
    llm.script = lambda _: Answer(text="4", logprobs={"content": content})

    (token,) = ask(endpoint(llm)).tokens or ()

    assert (token.text, token.logprob, token.alternatives) == ("4", -0.1, {"4": -0.1, "5": -2.5})


def test_a_refusal_and_an_answer_cut_short_are_told(llm: OpenAI) -> None:
    llm.script = lambda body: Answer(refusal="I cannot", finish_reason="length")

    got = ask(endpoint(llm))

    assert (got.text, got.refusal, got.finish_reason) == ("", "I cannot", "length")


def rejecting(*names: str) -> Any:
    """A model that rejects parameters one at a time, in the words that vendors use."""

    def script(body: Body) -> Answer | None:
        for name in names:
            if name in body:
                said = f"Unsupported parameter: '{name}' is not supported with this model."
                return Answer(status=400, body={"error": {"message": said, "param": name}})
        return None

    return script


def test_parameters_that_a_model_rejects_are_left_out_from_then_on(llm: OpenAI) -> None:
    llm.script = rejecting("temperature", "seed", "logprobs")
    model = endpoint(llm)
    request = Request(messages=ASKED.messages, temperature=0, seed=1, top_logprobs=2, max_tokens=9)

    first, second = ask(model, request), ask(model, request)

    assert (first.text, second.text) == (ANSWER, ANSWER)
    assert model.left_out == {"temperature", "seed", "logprobs"}
    assert len(llm.asked) == 5
    assert list(llm.asked[-1][1]) == ["model", "messages", "max_tokens"]


def test_the_new_name_of_max_tokens_is_learned(llm: OpenAI) -> None:
    said = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    error = {"error": {"message": said, "param": "max_tokens", "code": "unsupported_parameter"}}
    llm.script = lambda body: Answer(status=400, body=error) if "max_tokens" in body else None

    ask(endpoint(llm), Request(messages=[Message("user", "x")], max_tokens=9))

    assert llm.asked[-1][1]["max_completion_tokens"] == 9


def test_a_way_to_keep_to_a_schema_that_is_rejected_is_offered_no_more(llm: OpenAI) -> None:
    llm.script = rejecting("response_format")
    model = endpoint(llm)

    with pytest.raises(ModelError) as e:
        ask(model, structured("json_schema"))

    assert e.value.type == "Unsupported"
    assert model.structures == ("tool", "json", "text")


@pytest.mark.parametrize(
    ("status", "body", "type", "retryable"),
    [
        (401, {"error": {"message": "bad key"}}, "Unauthorized", False),
        (404, {"detail": "Not Found"}, "NotFound", False),
        (400, {"error": {"message": "no such role"}}, "BadRequest", False),
        (400, {"error": {"code": "context_length_exceeded"}}, "TooLong", False),
        (400, {"error": {"code": "content_filter"}}, "ContentFilter", False),
        (408, "", "Timeout", True),
        (409, "", "Unavailable", True),
        (429, {"error": {"message": "slow down"}}, "RateLimited", True),
        (429, {"error": {"code": "insufficient_quota"}}, "QuotaExhausted", False),
        (500, "<html>", "Unavailable", True),
        (200, "<html>", "Malformed", False),
        (200, {"choices": []}, "Malformed", False),
        (200, {"error": {"code": 429, "message": "upstream"}}, "RateLimited", True),
    ],
)
def test_each_way_to_fail_has_a_name_and_says_whether_to_retry(
    llm: OpenAI, status: int, body: Any, type: str, retryable: bool
) -> None:
    llm.script = lambda _: Answer(status=status, body=body)

    with pytest.raises(ModelError) as e:
        ask(endpoint(llm))

    assert (e.value.type, e.value.retryable) == (type, retryable)


def test_a_model_that_is_too_slow_or_not_there_is_an_error_to_retry(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(text="late", after_s=0.3)

    with pytest.raises(ModelError, match=r"did not answer within 0\.05 s") as slow:
        ask(endpoint(llm, timeout_s=0.05))
    with pytest.raises(ModelError, match="cannot be reached") as absent:
        ask(Endpoint("m", "http://127.0.0.1:9/v1"))

    assert (slow.value.type, slow.value.retryable) == ("Timeout", True)
    assert (absent.value.type, absent.value.retryable) == ("Unreachable", True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_provider_asks_for_is_read(
    headers: Mapping[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers) == seconds


def test_rate_limits_are_read_from_the_headers(llm: OpenAI) -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-remaining-tokens": "9000",
        "x-ratelimit-reset-tokens": "1m30s",
    }
    llm.script = lambda _: Answer(text="x", headers=headers)

    assert ask(endpoint(llm)).limits == RateLimits(
        requests=500,
        requests_left=499,
        requests_reset_s=0.12,
        tokens_left=9000,
        tokens_reset_s=90,
    )
    assert duration_s("nonsense") is None


def test_embeddings_come_in_the_order_of_the_texts(llm: OpenAI) -> None:
    data = [{"index": i, "embedding": [float(i)]} for i in (1, 0)]
    llm.script = lambda _: Answer(body={"data": data})

    assert run(as_embedder(f"e@{llm.base_url}").embed(["a", "b"])) == [[0.0], [1.0]]
    with pytest.raises(ModelError, match="2 vectors for 1 texts"):
        run(endpoint(llm).embed(["a"]))


def test_the_older_api_gives_the_tokens_of_a_prompt(llm: OpenAI) -> None:
    logprobs = {"tokens": ["The", " sky"], "token_logprobs": [None, -1.5], "top_logprobs": None}
    choice = {"text": "The sky", "finish_reason": "length", "logprobs": logprobs}
    llm.script = lambda _: Answer(body={"choices": [choice]})

    got = run(endpoint(llm).continued("The sky", echo=True, max_tokens=0, logprobs=1))

    assert [(t.text, t.logprob) for t in got.tokens or ()] == [("The", 0.0), (" sky", -1.5)]
    assert llm.asked[0][0] == "/v1/completions"
    assert llm.asked[0][1]["max_tokens"] == 0


def test_each_event_loop_has_connections_of_its_own_and_closes_them(llm: OpenAI) -> None:
    model = endpoint(llm)

    assert [asyncio.run(model.complete(ASKED)).text for _ in range(2)] == [ANSWER, ANSWER]
    assert ask(model).text == ANSWER
    gc.collect()  # an unclosed connection would warn, and warnings are errors


@pytest.mark.slow
def test_a_program_that_asked_from_plain_code_ends_quietly(llm: OpenAI) -> None:
    program = f"""
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models import Endpoint, Message, Request
model = Endpoint("m", {llm.base_url!r})
print(run(model.complete(Request(messages=[Message("user", "x")]))).text)
"""
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert (done.stdout.strip(), done.stderr) == (ANSWER, "")


async def _async_model(prompt: str) -> str:
    await asyncio.sleep(0)
    return prompt.upper()


def _of_messages(messages: list[dict[str, str]]) -> dict[str, str]:
    return {"role": "assistant", "content": messages[0]["role"]}


@pytest.mark.parametrize(
    ("given", "name", "text"),
    [
        (lambda prompt: prompt[-6:], "callable:<lambda>", "Paris?"),
        (_async_model, "callable:_async_model", "BE BRIEF.\n\nPARIS?"),
        (_of_messages, "callable:_of_messages", "system"),
        (lambda prompt: {"label": 1}, "callable:<lambda>", '{"label": 1}'),
        (FakeListLLM(responses=["Y"]), "FakeListLLM", "Y"),
        (FakeListChatModel(responses=["N"]), "FakeListChatModel", "N"),
        (RunnableLambda(lambda text: text[:8]), "RunnableLambda", "Be brief"),
    ],
)
def test_functions_and_langchain_objects_are_models(given: Any, name: str, text: str) -> None:
    model = as_model(given)

    assert (ask(model).text, model.name, model.structures[-1]) == (text, name, "text")


def test_an_object_with_nothing_but_a_call_is_a_model() -> None:
    class Plain:
        def _call(self, prompt: str, stop: Sequence[str] | None = None) -> str:
            return f"{stop}"

    asked = Request(messages=ASKED.messages, stop=["\n"])

    assert ask(as_model(Plain()), asked).text == "['\\n']"


def test_langchains_models_are_forced_to_a_tool_and_tell_their_usage(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(text='{"label": "good"}')
    chat = ChatOpenAI(model="m", base_url=llm.base_url, api_key="k", max_retries=0)
    model = as_model(chat)

    got = ask(model, structured("tool"))

    assert model.structures == ("tool", "text")
    assert json.loads(got.text) == {"label": "good"}
    assert got.usage == Usage(input_tokens=25, output_tokens=12, cached_tokens=8, calls=1)
    assert llm.asked[0][1]["tool_choice"]["function"]["name"] == "verdict"


def test_errors_of_other_clients_keep_their_meaning(llm: OpenAI) -> None:
    llm.script = lambda _: Answer(status=429, body="", headers={"retry-after": "3"})
    chat = ChatOpenAI(model="m", base_url=llm.base_url, api_key="k", max_retries=0)

    with pytest.raises(ModelError) as e:
        ask(LangChainModel(chat))

    assert (e.value.type, e.value.retryable, e.value.retry_after_s) == ("RateLimited", True, 3)


def test_what_a_function_raises_is_an_error_of_the_model() -> None:
    def model(prompt: str) -> str:
        raise KeyError("x")

    with pytest.raises(ModelError, match="'callable:model' raised KeyError: 'x'") as e:
        ask(as_model(model))

    assert (e.value.type, e.value.retryable) == ("KeyError", False)


def test_a_function_that_returns_no_text_is_an_error() -> None:
    with pytest.raises(ModelError, match="returned int: return a text"):
        ask(FunctionModel(lambda prompt: 1))


def test_no_vendor_is_assumed_and_the_key_goes_to_the_vendor_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k-env")

    here, there = as_model("openai:gpt-5@http://h:1/v1"), as_model("openai:gpt-5")

    assert isinstance(here, Endpoint)
    assert isinstance(there, Endpoint)
    assert here.identity == "openai:gpt-5@http://h:1/v1"
    assert there.identity == "openai:gpt-5@https://api.openai.com/v1"
    assert "Authorization" not in here._headers
    assert there._headers["Authorization"] == "Bearer k-env"
    with pytest.raises(ValueError, match="'gpt-5' does not say who serves it"):
        as_model("gpt-5")
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ValueError, match="needs a key: set OPENAI_API_KEY"):
        as_model("openai:gpt-5")


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="7 is no model: give an address"):
        as_model(7)
    with pytest.raises(TypeError, match="7 is no model of embeddings"):
        as_embedder(7)


def test_functions_and_langchain_embeddings_are_embedders() -> None:
    by_function = as_embedder(lambda texts: [[len(text)] for text in texts])
    by_langchain = as_embedder(DeterministicFakeEmbedding(size=2))

    assert run(by_function.embed(["ab", "c"])) == [[2], [1]]
    assert [len(vector) for vector in run(by_langchain.embed(["ab", "c"]))] == [2, 2]
