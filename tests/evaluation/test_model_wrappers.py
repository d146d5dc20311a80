"""Retries, limits, the cache and prices: what they add to a model, without a network or a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import (
    Cache,
    Cached,
    Completion,
    FunctionModel,
    Limited,
    Limiter,
    Message,
    PerMillion,
    Priced,
    RateLimits,
    Request,
    Retrying,
    RetryPolicy,
    Token,
    retried,
)
from pilothouse.evaluation.models.cache import Mode
from pilothouse.evaluation.results import Usage

ASKED = Request(messages=[Message("user", "x")])
SLOW_DOWN = ModelError("RateLimited", "slow down", status=429, retryable=True)


@dataclass
class Script:
    """A model that gives its answers in turn, the last one for ever."""

    answers: list[Completion | ModelError]
    name: str = "m"
    identity: str | None = "m@here"
    structures: tuple[str, ...] = ("text",)
    asked: int = 0
    running: int = 0
    most: int = 0
    wait: Callable[[], object] = field(default=lambda: asyncio.sleep(0))

    async def complete(self, request: Request) -> Completion:
        self.asked += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.wait()
        finally:
            self.running -= 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, ModelError):
            raise answer
        return answer


@dataclass
class Time:
    """A clock that moves when somebody sleeps."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def said(text: str = "fine", **rest: object) -> Completion:
    usage = Usage(input_tokens=100, output_tokens=20, calls=1)
    return replace(Completion(text=text, model="m", usage=usage), **rest)


def retrying(model: Script, time: Time, **policy: float) -> Retrying:
    return Retrying(
        model,
        RetryPolicy(**policy),
        sleep=time.sleep,
        clock=time,
        draw=lambda low, high: high,
    )


def test_what_passes_is_tried_again_with_growing_waits() -> None:
    time, model = Time(), Script([ModelError("Timeout", "", retryable=True)] * 3 + [said()])
    retries = retrying(model, time)

    assert asyncio.run(retries.complete(ASKED)).text == "fine"
    assert time.sleeps == [1.5, 4.5, 13.5]
    assert retries.retries == 3


def test_the_wait_that_the_provider_asks_for_is_kept() -> None:
    limited = ModelError("RateLimited", "", retryable=True, retry_after_s=7)
    time, model = Time(), Script([limited, said()])
    retries = retrying(model, time)

    asyncio.run(retries.complete(ASKED))

    assert time.sleeps == [7]
    assert retries.rate_limited == 1


@pytest.mark.parametrize(
    ("error", "policy", "asked"),
    [
        (ModelError("QuotaExhausted", "", status=429), {}, 1),
        (ModelError("Timeout", "", retryable=True), {}, 6),
        (ModelError("Timeout", "", retryable=True), {"attempts": 2}, 2),
        (ModelError("Timeout", "", retryable=True), {"deadline_s": 10}, 3),
        (ModelError("Timeout", "", retryable=True, retry_after_s=3600), {}, 1),
    ],
)
def test_it_gives_up_where_more_would_not_help_or_last_too_long(
    error: ModelError, policy: dict[str, float], asked: int
) -> None:
    time, model = Time(), Script([error])

    with pytest.raises(ModelError) as e:
        asyncio.run(retrying(model, time, **policy).complete(ASKED))

    assert e.value is error
    assert (model.asked, e.value.attempts) == (asked, asked)
    assert time.now < 600


def test_the_deadline_ends_a_call_that_hangs() -> None:
    model = Script([said()], wait=lambda: asyncio.sleep(3600))

    with pytest.raises(ModelError, match=r"did not answer within 0\.01 s"):
        asyncio.run(Retrying(model, RetryPolicy(deadline_s=0.01)).complete(ASKED))

    assert model.running == 0


def test_retries_are_never_put_around_retries() -> None:
    limited = Limited(Retrying(Script([said()])), Limiter())

    assert retried(limited) is limited
    assert isinstance(retried(limited.inner.inner), Retrying)


def test_requests_a_minute_are_kept() -> None:
    time, model = Time(), Script([said()])
    limited = Limited(model, Limiter(requests_per_min=2, sleep=time.sleep, clock=time))

    async def four() -> None:
        for _ in range(4):
            await limited.complete(ASKED)

    asyncio.run(four())

    assert time.sleeps == [30, 30]


def test_tokens_a_minute_are_estimated_and_then_corrected() -> None:
    time, model = Time(), Script([said()])
    limiter = Limiter(tokens_per_min=240, sleep=time.sleep, clock=time)

    async def three() -> None:
        for _ in range(3):
            await Limited(model, limiter).complete(replace(ASKED, max_tokens=100))

    asyncio.run(three())

    # the 240 less twice the 120 used leave nothing for the third: 100.25 estimated at 4 a second
    assert time.sleeps == [pytest.approx(100.25 / 4)]


def test_the_providers_own_figures_are_heeded() -> None:
    time = Time()
    told = RateLimits(requests=60, requests_left=0)
    limited = Limited(Script([said(limits=told)]), Limiter(sleep=time.sleep, clock=time))

    async def two() -> None:
        await limited.complete(ASKED)
        await limited.complete(ASKED)

    asyncio.run(two())

    assert time.sleeps == [1]


def test_a_burst_of_refusals_halves_how_many_run_at_once_and_clean_rounds_restore_it() -> None:
    time, model = Time(), Script([SLOW_DOWN] * 4 + [said()])
    limiter = Limiter(max_concurrency=4, sleep=time.sleep, clock=time)
    limited = Limited(model, limiter)

    async def burst(count: int) -> None:
        time.now += 1
        await asyncio.gather(
            *(limited.complete(ASKED) for _ in range(count)), return_exceptions=True
        )

    async def course() -> list[int]:
        seen = []
        for count in (4, 2, 3, 4):
            await burst(count)
            seen.append(limiter.concurrency)
        return seen

    assert asyncio.run(course()) == [2, 3, 4, 4]
    assert model.most == 4


def test_no_more_run_at_once_than_allowed_and_who_gives_up_frees_the_place() -> None:
    release = asyncio.Event()
    model = Script([said()], wait=release.wait)
    limited = Limited(model, Limiter(max_concurrency=1))

    async def course() -> str:
        first, second, third = (asyncio.ensure_future(limited.complete(ASKED)) for _ in range(3))
        await asyncio.sleep(0.01)
        second.cancel()
        first.cancel()
        release.set()
        return (await third).text

    assert asyncio.run(course()) == "fine"
    assert (model.asked, model.most) == (2, 1)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    kept = Cache(tmp_path / "deep" / "answers.sqlite")
    yield kept
    kept.close()


def cached(cache: Cache, *answers: Completion | ModelError, mode: Mode = "read-write") -> Cached:
    return Cached(Script(list(answers)), cache, mode=mode)


def test_an_answer_is_kept_whole_and_costs_nothing_again(cache: Cache) -> None:
    tokens = [Token(text="4", logprob=-0.5, alternatives={"5": -1.0})]
    paid = replace(said().usage or Usage(), cost=0.5)
    model = cached(cache, said(tokens=tokens, usage=paid, fingerprint="fp"))

    first = asyncio.run(model.complete(ASKED))
    second = asyncio.run(cached(Cache(cache.path), said("other")).complete(ASKED))

    assert (first.cached, first.usage) == (False, paid)
    assert (second.cached, second.text, second.tokens) == (True, "fine", tokens)
    assert second.usage == replace(paid, cost=0.0, calls=0)
    assert second.latency_ms is None


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, repetition=1),
        replace(ASKED, temperature=0.0),
        replace(ASKED, seed=1),
        replace(ASKED, max_tokens=1),
        replace(ASKED, stop=["x"]),
        replace(ASKED, top_logprobs=1),
        replace(ASKED, schema={"type": "object"}),
        replace(ASKED, structure="json"),
        replace(ASKED, messages=[Message("system", "x")]),
    ],
)
def test_whatever_an_answer_depends_on_keeps_it_apart(cache: Cache, other: Request) -> None:
    model = cached(cache, said("one"), said("two"))

    assert [asyncio.run(model.complete(r)).text for r in (ASKED, other)] == ["one", "two"]


def test_models_served_elsewhere_are_others(cache: Cache) -> None:
    elsewhere = Cached(Script([said("two")], identity="m@there"), cache)

    asyncio.run(cached(cache, said("one")).complete(ASKED))

    assert asyncio.run(elsewhere.complete(ASKED)).text == "two"


@pytest.mark.parametrize(
    "answer",
    [said(finish_reason="length"), said(refusal="no"), said(finish_reason="content_filter")],
)
def test_answers_that_are_not_whole_are_not_kept(cache: Cache, answer: Completion) -> None:
    model = cached(cache, answer, said("whole"))

    asyncio.run(model.complete(ASKED))

    assert asyncio.run(model.complete(ASKED)).text == "whole"


def test_the_modes_say_what_is_read_and_written(cache: Cache) -> None:
    with pytest.raises(ModelError, match="'m' was not asked this before") as e:
        asyncio.run(cached(cache, said(), mode="read-only").complete(ASKED))
    asyncio.run(cached(cache, said("off"), mode="off").complete(ASKED))
    asyncio.run(cached(cache, said("old")).complete(ASKED))
    asyncio.run(cached(cache, said("new"), mode="refresh").complete(ASKED))

    got = asyncio.run(cached(cache, said(), mode="read-only").complete(ASKED))

    assert e.value.type == "CacheMiss"
    assert got.text == "new"


def test_a_function_is_cached_under_a_version_alone(cache: Cache) -> None:
    texts = iter(["a", "b", "c", "d"])
    loose = Cached(FunctionModel(lambda prompt: next(texts)), cache)
    fixed = Cached(FunctionModel(lambda prompt: next(texts), version="1"), cache)

    assert [asyncio.run(loose.complete(ASKED)).text for _ in range(2)] == ["a", "b"]
    assert [asyncio.run(fixed.complete(ASKED)).text for _ in range(2)] == ["c", "c"]


def test_identical_questions_at_one_time_are_asked_once(cache: Cache) -> None:
    model = cached(cache, said())

    async def three() -> list[Completion]:
        return await asyncio.gather(*(model.complete(ASKED) for _ in range(3)))

    assert [got.cached for got in asyncio.run(three())] == [False, True, True]
    assert model.inner.asked == 1


def test_who_waits_for_an_answer_asks_when_the_asker_gives_up(cache: Cache) -> None:
    model = cached(cache, said())

    async def course() -> Completion:
        first = asyncio.ensure_future(model.complete(ASKED))
        second = asyncio.ensure_future(model.complete(ASKED))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(course()).cached is False


def test_an_error_is_everybodys_who_waited_and_is_not_kept(cache: Cache) -> None:
    model = cached(cache, SLOW_DOWN, said())

    async def two() -> list[object]:
        asked = (model.complete(ASKED) for _ in range(2))
        return await asyncio.gather(*asked, return_exceptions=True)

    assert asyncio.run(two()) == [SLOW_DOWN, SLOW_DOWN]
    assert asyncio.run(model.complete(ASKED)).text == "fine"


def test_a_cache_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, but long enough to look like a file of some kind")

    with pytest.raises(ValueError, match="cannot be opened: file is not a database"):
        Cache(tmp_path / "text")


def test_a_price_list_says_what_an_answer_cost() -> None:
    prices = PerMillion(input=10, output=30, cached=5)
    usage = Usage(input_tokens=1000, output_tokens=100, cached_tokens=400, calls=1)
    priced = Priced(
        Script([said(usage=usage), said(usage=Usage(calls=1))]), lambda _, u: prices("m", u)
    )

    known = asyncio.run(priced.complete(ASKED)).usage
    unknown = asyncio.run(priced.complete(ASKED)).usage

    assert known == replace(usage, cost=pytest.approx(0.011))
    assert unknown == Usage(calls=1)
