"""A LangChain model that judges: whoever listens hears of it, and where nobody does it is quick."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.globals import set_llm_cache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.context import collect_runs
from pydantic import Field

import pilothouse as ph
from pilothouse.evaluation.judges import ClassificationEvaluator
from pilothouse.evaluation.models import unheard


class Model(BaseChatModel):
    """Says Y, and remembers what it was asked."""

    said: str = "It does.\nY"
    asked: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "of-a-test"

    def _generate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        self.asked.append(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.said))])


class Listener(BaseCallbackHandler):
    """Counts the runs that it hears of."""

    def __init__(self) -> None:
        self.heard = 0

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.heard += 1


class Turns(BaseRateLimiter):
    """Counts who waited for its turn."""

    taken = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        Turns.taken += 1
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        Turns.taken += 1
        return True


def judged(model: Any, **more: Any) -> Any:
    evaluator = ph.load_evaluator("criteria", llm=model, criteria="conciseness")
    return asyncio.run(evaluator.aevaluate_strings(prediction="Yes.", input="Is it?", **more))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each question whether it was asked without telling of it."""
    ways: list[bool] = []
    asks = unheard._unheard

    def noted(model: Any, given: Any) -> Any:
        messages = asks(model, given)
        ways.append(messages is not None)
        return messages

    monkeypatch.setattr(unheard, "_unheard", noted)
    return ways


def test_where_nobody_listens_the_verdict_is_the_same(quick: list[bool]) -> None:
    model = Model()

    assert judged(model) == {"reasoning": "It does.", "value": "Y", "score": 1}
    assert [type(message) for [message] in model.asked] == [HumanMessage]
    assert quick == [True]


def test_handlers_of_the_model_and_of_the_call_hear_of_it(quick: list[bool]) -> None:
    own, given = Listener(), Listener()

    judged(Model(callbacks=[own]))
    judged(Model(), callbacks=[given])

    assert (own.heard, given.heard) == (1, 1)
    assert True not in quick


def test_a_tracer_around_the_call_hears_of_it() -> None:
    listener = Listener()

    async def within(_: Any) -> Any:
        evaluator = ph.load_evaluator("criteria", llm=Model(), criteria="conciseness")
        return await evaluator.aevaluate_strings(prediction="Yes.", input="Is it?")

    with collect_runs() as runs:
        asyncio.run(RunnableLambda(within).ainvoke(None, {"callbacks": [listener]}))

    assert listener.heard == 1
    [chain] = runs.traced_runs
    assert [run.run_type for run in chain.child_runs] == ["llm"]


def test_an_instrumentation_that_adds_itself_to_managers_hears_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listener, made = Listener(), BaseCallbackManager.__init__

    def instrumented(self: Any, *given: Any, **more: Any) -> None:
        made(self, *given, **more)
        self.add_handler(listener, True)

    monkeypatch.setattr(BaseCallbackManager, "__init__", instrumented)
    judged(Model())

    assert listener.heard == 1


@pytest.mark.parametrize("name", ["ainvoke", "agenerate", "_agenerate_with_cache"])
def test_whoever_wraps_a_method_of_the_model_is_asked(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    calls: list[str] = []
    own = getattr(BaseChatModel, name)

    async def wrapped(self: Any, *given: Any, **more: Any) -> Any:
        calls.append(name)
        return await own(self, *given, **more)

    monkeypatch.setattr(BaseChatModel, name, wrapped)
    judged(Model())

    assert calls == [name]


def test_the_models_cache_and_its_rate_limiter_stay_in_use(quick: list[bool]) -> None:
    cached, limited = Model(), Model(rate_limiter=Turns())
    set_llm_cache(InMemoryCache())
    try:
        judged(cached)
        judged(cached)
    finally:
        set_llm_cache(None)
    before = Turns.taken
    judged(limited)

    assert (len(cached.asked), Turns.taken - before, quick) == (1, 1, [True] * 3)


def test_a_prompt_with_parts_of_its_own_goes_the_usual_way(quick: list[bool]) -> None:
    parts = [{"type": "text", "text": "Does {output} meet {criteria} for {input}?"}]
    prompt = ChatPromptTemplate.from_messages([("system", "Judge."), ("human", parts)])
    model = Model()
    evaluator = ph.load_evaluator("criteria", llm=model, criteria="depth", prompt=prompt)

    said = asyncio.run(evaluator.aevaluate_strings(prediction="Yes.", input="Is it?"))

    assert (said["score"], quick) == (1, [False])
    assert [len(messages) for messages in model.asked] == [2]


def test_what_the_model_raises_is_raised(quick: list[bool]) -> None:
    class Broken(Model):
        def _generate(self, *_: Any, **__: Any) -> ChatResult:
            raise ConnectionError("nobody answers")

    with pytest.raises(ConnectionError, match="nobody answers"):
        judged(Broken())
    assert quick == [True]


def test_judges_of_our_own_ask_it_alike(quick: list[bool]) -> None:
    model = Model(said='{"explanation": "as it is", "label": "polite"}')
    evaluator = ClassificationEvaluator(
        "Is it polite? {outputs}", {"polite": 1, "rude": 0}, model=model
    )

    found = asyncio.run(evaluator.aevaluate(outputs="Thank you."))

    assert (found.score, quick) == (1, [True])
