"""A provider's bill is held against what was recorded, and each difference has its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from pilothouse.platform.costs.bills import model_key
from pilothouse.platform.costs.wiring import costs_router
from pilothouse.spans import Usage
from pilothouse.spans.price_list import Rates
from pilothouse.spans.prices import PriceEntry, Pricer
from query_world import START_S, Cost, Given, World, opened

DAY_S = 86_400
NOON_S = START_S // DAY_S * DAY_S + 12 * 3600 - START_S
"""The noon of the first day, in seconds after the world's beginning."""
RATES = Rates(input=1e-5, cached=1e-6, output=1e-4)
Row = dict[str, Any]  # Any: JSON


def on_day(number: int) -> str:
    return datetime.fromtimestamp(START_S + number * DAY_S, UTC).date().isoformat()


def call(
    day: float, name: str, model: str, *, into: int = 1000, cached: int = 0, **how: Any
) -> Given:
    """One call with 100 tokens out, priced at RATES unless it is told otherwise."""
    paid = ((into - cached) * 1e-5 + cached * 1e-6, 100 * 1e-4)
    return Given(
        trace_id=f"t-{name}",
        span_id=name,
        at=NOON_S + day * DAY_S,
        kind="llm",
        usage=Usage(
            input_tokens=into,
            output_tokens=100,
            total_tokens=into + 100,
            cached_tokens=cached or None,
        ),
        cost=how.get("cost", Cost(input=paid[0], output=paid[1], total=sum(paid))),
        fields={"model": model, "provider": how.get("provider", "openai")},
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        prices = Pricer(lambda _project: [PriceEntry(model="*", rates=RATES)])
        world.app.include_router(costs_router(world.store, world.projects, prices))
        world.put(
            *(call(0, f"same{n}", "gpt-4o-2024-08-06") for n in range(10)),
            *(call(1, f"few{n}", "gpt-4o") for n in range(6)),
            *(call(2, f"none{n}", "gpt-4o", cost=None) for n in range(4)),
            *(call(3, f"cached{n}", "gpt-4o", cached=500) for n in range(10)),
            *(call(4, f"here{n}", "o3-mini") for n in range(2)),
            *(call(5, f"late{n}", "gpt-4.1") for n in range(8)),
            *(call(6, f"next{n}", "gpt-4.1") for n in range(2)),
            *(
                call(7, f"told{n}", "gpt-4o", cost=Cost(total=0.04, source="client"))
                for n in (1, 2)
            ),
            call(8, "azure", "gpt-4o", provider="azure"),
            *(
                call(0, f"claude{n}", "claude-haiku-4-5-20251001", cached=400, provider="anthropic")
                for n in range(5)
            ),
        )
        yield world


def reconciled(world: World, provider: str, content: str | bytes, **params: str) -> Any:
    answer = world.call(
        "POST",
        "/costs/reconcile",
        params={"provider": provider, **params},
        content=content.encode() if isinstance(content, str) else content,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def usage(
    day: int, model: str | None, calls: int, *, into: int = 1000, cached: int = 0, **more: Any
) -> Row:
    """A bucket of OpenAI's usage API."""
    start = (START_S // DAY_S + day) * DAY_S
    result = {
        "object": "organization.usage.completions.result",
        "model": model,
        "num_model_requests": calls,
        "input_tokens": calls * into,
        "input_cached_tokens": cached,
        "output_tokens": calls * 100,
    }
    return bucket(start, result | more)


def bucket(start: int, result: Row) -> Row:
    return {
        "object": "bucket",
        "start_time": start,
        "end_time": start + DAY_S,
        "results": [result],
    }


def costs(day: int, line_item: str, dollars: float) -> Row:
    """A bucket of OpenAI's costs API."""
    return bucket(
        (START_S // DAY_S + day) * DAY_S,
        {
            "object": "organization.costs.result",
            "amount": {"value": dollars, "currency": "usd"},
            "line_item": line_item,
        },
    )


def file_of(*buckets: Row) -> str:
    return json.dumps({"object": "page", "data": buckets, "has_more": False})


def only_row(answer: Any, day: int) -> Row:
    (row,) = [row for row in answer["rows"] if row["day"] == on_day(day)]
    return dict(row)


def codes(row: Row) -> list[str]:
    return [cause["code"] for cause in row["causes"]]


def explained(row: Row) -> float:
    return sum(cause["amount"] or 0 for cause in row["causes"])


def test_what_both_know_agrees_though_one_names_the_version(world: World) -> None:
    answer = reconciled(
        world,
        "openai",
        file_of(
            usage(0, "gpt-4o", 10),
            costs(0, "gpt-4o-2024-08-06, input", 0.1),
            costs(0, "gpt-4o-2024-08-06, output", 0.1),
        ),
    )

    row = only_row(answer, 0)
    assert row["agrees"]
    assert row["cost"]["theirs"] == pytest.approx(0.2)
    assert row["tokens"]["input"] == {"theirs": 10000, "ours": 10000, "difference": 0, "part": 0}
    assert answer["total"]["sentence"].startswith("OpenAI bills $0.20, as much as was recorded")


CASES: Mapping[str, tuple[int, list[Row], list[str], str]] = {
    "calls that never came": (
        1,
        [usage(1, "gpt-4o", 10), costs(1, "gpt-4o, input", 0.2)],
        ["calls_not_seen"],
        "4 of 10 calls (40.0 %) never came here.",
    ),
    "calls without a price": (
        2,
        [usage(2, "gpt-4o", 4), costs(2, "gpt-4o, input", 0.08)],
        ["no_price"],
        "4 calls had no price when they came.",
    ),
    "cached tokens that the senders do not report": (
        0,
        [usage(0, "gpt-4o", 10, cached=5000), costs(0, "gpt-4o, input", 0.155)],
        ["cached_counted_differently"],
        "OpenAI counts 5,000 cached tokens, here are 0. The senders report none.",
    ),
    "cached tokens counted beside the input": (
        3,
        [usage(3, "gpt-4o", 10, into=500, cached=5000), costs(3, "gpt-4o, input", 0.105)],
        ["cached_counted_differently"],
        "counted beside the input, not within",
    ),
    "another price": (
        0,
        [usage(0, "gpt-4o", 10), costs(0, "gpt-4o, input", 0.1)],
        ["price"],
        f"50.0 % less for these tokens than your own price of {on_day(0)} (input $10, output $100",
    ),
    "costs that senders reported": (
        7,
        [usage(7, "gpt-4o", 2), costs(7, "gpt-4o, input", 0.04)],
        ["client_price"],
        "$0.08 of our cost was reported by the senders",
    ),
    "a model that only they know": (
        1,
        [usage(1, "gpt-unheard", 3), costs(1, "gpt-unheard, input", 3.0)],
        ["model_not_recorded"],
        "Only OpenAI knows this model",
    ),
    "a seller beside them": (
        8,
        [usage(8, "gpt-4o", 1), costs(8, "gpt-4o, input", 0.02)],
        ["model_not_recorded"],
        "Only OpenAI knows this model",
    ),
    "embeddings": (
        0,
        [
            usage(0, "text-embedding-9", 3, object="organization.usage.embeddings.result"),
            costs(0, "text-embedding-9", 1.5),
        ],
        ["not_traced"],
        "OpenAI bills embeddings that were not recorded here.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_difference_has_its_reason(world: World, case: str) -> None:
    day, buckets, expected, said = CASES[case]

    answer = reconciled(world, "openai", file_of(*buckets))

    theirs = [row for row in answer["rows"] if row["cost"]["theirs"] is not None]
    row = next(row for row in theirs if row["day"] == on_day(day))
    assert codes(row) == expected
    assert said in row["sentence"]
    assert explained(row) == pytest.approx(row["cost"]["difference"], abs=0.011)


def test_calls_on_the_day_beside_are_recognised(world: World) -> None:
    answer = reconciled(world, "openai", file_of(usage(5, "gpt-4.1", 5), usage(6, "gpt-4.1", 5)))

    assert codes(only_row(answer, 5)) == codes(only_row(answer, 6)) == ["day_boundary"]
    assert "Over all days the tokens agree" in only_row(answer, 5)["sentence"]


def test_days_of_another_zone_are_said(world: World) -> None:
    shifted = usage(5, "gpt-4.1", 10)
    shifted["start_time"] -= 8 * 3600
    shifted["end_time"] -= 8 * 3600

    answer = reconciled(world, "openai", file_of(shifted))

    assert "do not begin at midnight in UTC" in answer["rows"][0]["sentence"]


def test_what_they_do_not_bill_and_days_without_a_call_are_said(world: World) -> None:
    answer = reconciled(world, "openai", file_of(usage(3, "gpt-4o", 10), usage(4, "gpt-4o", 1)))

    rows = {(row["day"], row["model"]): row for row in answer["rows"]}
    assert codes(rows[on_day(4), "o3-mini"]) == ["not_billed"]
    assert "2 calls recorded here are not in the file" in rows[on_day(4), "o3-mini"]["sentence"]
    assert codes(rows[on_day(4), "gpt-4o"]) == ["day_not_recorded"]


def test_the_total_says_what_of_the_difference_comes_of_what(world: World) -> None:
    answer = reconciled(
        world,
        "openai",
        file_of(
            usage(1, "gpt-4o", 10),
            costs(1, "gpt-4o, input", 0.2),
            usage(2, "gpt-4o", 4),
            costs(2, "gpt-4o, input", 0.08),
        ),
    )

    total = answer["total"]
    assert total["cost"]["difference"] == pytest.approx(0.16)
    assert {c["code"]: pytest.approx(c["amount"]) for c in total["causes"]} == {
        "calls_not_seen": 0.08,
        "no_price": 0.08,
    }
    assert "OpenAI bills $0.28, recorded here are $0.12: $0.16 (57.1 %) less." in total["sentence"]


def test_money_alone_is_compared_and_says_that_it_is(world: World) -> None:
    answer = reconciled(world, "openai", file_of(costs(1, "gpt-4o, input", 0.5)))

    assert not answer["has_tokens"]
    assert "The file tells money alone" in answer["rows"][0]["sentence"]
    assert answer["rows"][0]["cost"]["difference"] == pytest.approx(0.38)


ANTHROPIC_USAGE = {
    "data": [
        {
            "starting_at": f"{on_day(0)}T00:00:00Z",
            "ending_at": f"{on_day(1)}T00:00:00Z",
            "results": [
                {
                    "model": "claude-haiku-4-5-20251001",
                    "uncached_input_tokens": 3000,
                    "cache_read_input_tokens": 2000,
                    "cache_creation": {
                        "ephemeral_5m_input_tokens": 0,
                        "ephemeral_1h_input_tokens": 0,
                    },
                    "output_tokens": 500,
                }
            ],
        }
    ],
    "has_more": False,
}
ANTHROPIC_COSTS = {
    "data": [
        {
            "starting_at": f"{on_day(0)}T00:00:00Z",
            "ending_at": f"{on_day(1)}T00:00:00Z",
            "results": [
                {
                    "amount": "8.2",
                    "currency": "USD",
                    "model": "claude-haiku-4-5",
                    "cost_type": "tokens",
                },
                {"amount": "100", "currency": "USD", "model": None, "cost_type": "web_search"},
            ],
        }
    ]
}
ANTHROPIC_USAGE_CSV = f"""\ufeffusage_date_utc,model_version,api_key,workspace,\
usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,\
usage_input_tokens_cache_read,usage_output_tokens,web_search_count\r
{on_day(0)},claude-haiku-4-5-20251001,"key, one",Default,1000,0,0,2000,200,0\r
{on_day(0)},claude-haiku-4-5-20251001,two,Default,2000,0,0,0,300,0\r
"""
ANTHROPIC_COSTS_CSV = f"""usage_date_utc,model,workspace,api_key,token_type,cost_usd,cost_type
{on_day(0)},Claude Haiku 4.5,Default,one,input_no_cache,0.03,token
{on_day(0)},Claude Haiku 4.5,Default,one,output,0.052,token
"""
OPENAI_USAGE_CSV = f"""start_time,end_time,start_time_iso,end_time_iso,project_id,\
num_model_requests,model,input_tokens,output_tokens,input_cached_tokens
,,{on_day(0)}T00:00:00+00:00,{on_day(0)}T01:00:00+00:00,p,4.0,gpt-4o-2024-08-06,4000,400,0
,,{on_day(0)}T12:00:00+00:00,{on_day(0)}T13:00:00+00:00,p,6.0,gpt-4o-2024-08-06,6000,600,0
"""
OPENAI_COSTS_CSV = f"""start_time_iso,end_time_iso,amount_value,amount_currency,line_item
{on_day(0)}T00:00:00+00:00,{on_day(1)}T00:00:00+00:00,0.1,usd,"gpt-4o-2024-08-06, input"
{on_day(0)}T00:00:00+00:00,{on_day(1)}T00:00:00+00:00,0.1,usd,"gpt-4o-2024-08-06, output"
"""


@pytest.mark.parametrize(
    ("provider", "content"),
    [
        ("anthropic", json.dumps(ANTHROPIC_USAGE)),
        ("anthropic", json.dumps([ANTHROPIC_USAGE, ANTHROPIC_COSTS])),
        ("anthropic", f"{json.dumps(ANTHROPIC_USAGE)}\n{json.dumps(ANTHROPIC_COSTS)}\n"),
        ("anthropic", ANTHROPIC_USAGE_CSV),
        ("anthropic", ANTHROPIC_COSTS_CSV),
        ("openai", OPENAI_USAGE_CSV),
        ("openai", OPENAI_USAGE_CSV.replace(",", ";")),
        ("openai", OPENAI_COSTS_CSV),
    ],
    ids=lambda value: value[:12],
)
def test_every_form_of_a_file_is_read(world: World, provider: str, content: str) -> None:
    answer = reconciled(world, provider, content)

    rows = [row for row in answer["rows"] if row["kind"] == "completions"]
    assert [row["agrees"] for row in rows] == [True]
    assert all(codes(r) == ["not_traced"] for r in answer["rows"] if r["kind"] == "web_search")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("hello", "line 1: this is no usage or cost export of OpenAI"),
        ('{"data": [', "line 1, column 11: this is no JSON"),
        ('{\n "data": [}', "line 2, column 11: this is no JSON"),
        ('{"items": []}', "data: it is no list"),
        ('{"data": []}', "the file holds no usage"),
        ("[7]", "[0]: it is no JSON object"),
        (file_of(usage(0, "gpt-4o", 1, input_tokens="many")), "data[0].results[0].input_tokens:"),
        (file_of(usage(0, "gpt-4o", 1, output_tokens=-3)), "-3 is no possible number"),
        (OPENAI_USAGE_CSV.replace(",6000,", ",six,"), "line 3, column 8 (input_tokens): 'six'"),
        (OPENAI_USAGE_CSV.replace(",6000,600,0", ",6000"), "line 3: it has 8 columns, and"),
        (
            OPENAI_USAGE_CSV.replace(f"{on_day(0)}T12", "noonT12"),
            "line 3, column 3 (start_time_iso)",
        ),
        (OPENAI_COSTS_CSV.replace("usd", "eur"), "line 2, column 4 (amount_currency): 'eur'"),
        (ANTHROPIC_USAGE_CSV, "this is Anthropic's export: say provider=anthropic"),
        ("start_time,end_time\n1,2\n", "column 'input_tokens' is missing"),
        (b"start_time,\xff\n", "line 1, column 12: this is no UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ('{"data": [%s]}' % ("9" * 5000), "a number has too many digits"),
        (file_of(usage(0, "gpt-4o", 1, input_tokens=10**400)), "no possible number"),
        (OPENAI_USAGE_CSV.replace(on_day(0), "9999-12-31"), "is no time"),
        (
            OPENAI_USAGE_CSV.replace(f"{on_day(0)}T12:00:00+00:00", "0001-01-01T00:00:00+05:00"),
            "is no time",
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_file_is_told_where_it_is_wrong(
    world: World, content: str | bytes, said: str
) -> None:
    answer = world.call(
        "POST",
        "/costs/reconcile",
        params={"provider": "openai"},
        content=content.encode() if isinstance(content, str) else content,
    )

    assert answer.status_code == 400, answer.text
    assert said in answer.json()["error"]["message"]


def test_half_of_a_character_in_a_name_is_answered_as_a_sign(world: World) -> None:
    answer = reconciled(world, "openai", file_of(usage(0, "gpt-\ud800", 1)))

    assert "gpt-?" in {row["model"] for row in answer["rows"]}


def test_names_of_models_are_known_in_every_spelling() -> None:
    names = ["Claude Haiku 4.5", "claude-haiku-4-5", "claude-haiku-4-5-20251001"]

    assert {model_key(name) for name in names} == {"claude-haiku-4-5"}
    assert model_key("gpt-4o-2024-08-06") == model_key("openai/gpt-4o") != model_key("gpt-4o-mini")
