"""What a span costs: list prices, entries of a project, what a client reports, the arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.spans import Fields, ReportedCost, Usage
from pilothouse.spans.price_list import Period, Rates, Tier, lookup
from pilothouse.spans.prices import PriceEntry, Pricer

PROJECT = 1
MICRO = 1e-6


def at(text: str) -> int:
    """Nanoseconds of a UTC time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


NOW = at("2026-11-01T12:00:00")


def llm(model: str = "gpt-4o-mini", provider: str = "openai", **usage: int) -> Fields:
    return Fields(name="chat", kind="llm", model=model, provider=provider, usage=Usage(**usage))


def pricer(*entries: PriceEntry, listed: tuple[Period, ...] = ()) -> Pricer:
    """A pricer on its own small price list."""

    def of_project(project_id: int) -> Sequence[PriceEntry]:
        return entries

    return Pricer(of_project, listed=lambda model, provider, day: listed)


FULL = Rates(
    input=10 * MICRO, cached=1 * MICRO, cache_write=12 * MICRO, cache_write_1h=20 * MICRO,
    input_audio=40 * MICRO, output=30 * MICRO, reasoning=25 * MICRO, output_audio=80 * MICRO,
    input_image=25 * MICRO, output_image=120 * MICRO, request=0.005,
)  # fmt: skip


def test_tokens_are_priced_by_the_public_list() -> None:
    cost = Pricer().price(PROJECT, llm(input_tokens=1000, output_tokens=100), NOW)

    assert cost is not None
    assert cost.input == pytest.approx(1000 * 0.15 * MICRO)
    assert cost.output == pytest.approx(100 * 0.6 * MICRO)
    assert cost.total == pytest.approx(0.00021)
    assert (cost.source, cost.price_date) == ("list", "2026-11-01")


def test_cached_tokens_are_a_part_of_input_and_cost_less() -> None:
    cost = Pricer().price(PROJECT, llm(input_tokens=1000, output_tokens=0, cached_tokens=400), NOW)

    assert cost is not None
    assert cost.total == pytest.approx((600 * 0.15 + 400 * 0.075) * MICRO)


def test_each_type_that_is_priced_apart_is_taken_out_of_its_whole() -> None:
    fields = llm(
        input_tokens=1000, cached_tokens=300, cache_write_tokens=200, cache_write_1h_tokens=50,
        input_audio_tokens=100, input_image_tokens=60, output_tokens=500, reasoning_tokens=200,
        output_audio_tokens=40, output_image_tokens=30,
    )  # fmt: skip

    cost = pricer(listed=(Period(from_second=0, rates=FULL),)).explain(PROJECT, fields, NOW)

    assert cost is not None
    assert [(line.type, line.tokens) for line in cost.details] == [
        ("input", 340),
        ("cached", 300),
        ("cache_write", 150),
        ("cache_write_1h", 50),
        ("input_audio", 100),
        ("input_image", 60),
        ("output", 230),
        ("reasoning", 200),
        ("output_audio", 40),
        ("output_image", 30),
        ("request", 1),
    ]
    assert cost.input == pytest.approx(3400e-6 + 300e-6 + 1800e-6 + 1000e-6 + 4000e-6 + 1500e-6)
    assert cost.output == pytest.approx(6900e-6 + 5000e-6 + 3200e-6 + 3600e-6)
    assert cost.total == pytest.approx(cost.input + cost.output + 0.005)


def test_what_is_not_priced_apart_is_priced_as_its_whole() -> None:
    plain = Period(from_second=0, rates=Rates(input=10 * MICRO, output=30 * MICRO))
    fields = llm(
        input_tokens=100, cached_tokens=30, cache_write_tokens=20, input_audio_tokens=10,
        input_image_tokens=5, output_tokens=50, reasoning_tokens=20, output_audio_tokens=10,
        output_image_tokens=5,
    )  # fmt: skip

    cost = pricer(listed=(plain,)).explain(PROJECT, fields, NOW)

    assert cost is not None
    assert [(line.type, line.tokens) for line in cost.details] == [("input", 100), ("output", 50)]
    assert cost.total == pytest.approx(0.0025)


def test_images_cost_what_the_list_says_for_them() -> None:
    usage = Usage(
        input_tokens=1200, input_image_tokens=1000, output_tokens=4000, output_image_tokens=4000
    )
    made = Fields(name="draw", model="gpt-image-1.5", provider="openai", usage=usage)

    cost = Pricer().explain(PROJECT, made, NOW)

    assert cost is not None
    assert [(line.type, line.tokens) for line in cost.details] == [
        ("input", 200),
        ("input_image", 1000),
        ("output_image", 4000),
    ]
    assert cost.total == pytest.approx((200 * 5 + 1000 * 8 + 4000 * 32) * MICRO)


def test_an_answer_of_nothing_but_images_needs_no_price_of_text() -> None:
    drawn = Period(from_second=0, rates=Rates(input=5 * MICRO, output_image=40 * MICRO))
    told = pricer(listed=(drawn,))

    images = told.price(PROJECT, llm(input_tokens=10, output_tokens=9, output_image_tokens=9), NOW)
    mixed = told.price(PROJECT, llm(input_tokens=10, output_tokens=9, output_image_tokens=5), NOW)

    assert images is not None
    assert mixed is not None
    assert images.total == pytest.approx((10 * 5 + 9 * 40) * MICRO)
    assert mixed.total is None


def test_an_hour_of_cache_costs_what_the_list_says_for_it() -> None:
    fields = Fields(
        name="chat",
        model="claude-sonnet-4-5",
        provider="anthropic",
        usage=Usage(
            input_tokens=1000, output_tokens=0, cache_write_tokens=600, cache_write_1h_tokens=100
        ),
    )

    cost = Pricer().price(PROJECT, fields, NOW)

    assert cost is not None
    assert cost.total == pytest.approx((400 * 3 + 500 * 3.75 + 100 * 6) * MICRO)


def test_a_long_input_is_priced_whole_at_the_higher_tier() -> None:
    gemini = {"model": "gemini-2.5-pro", "provider": "google"}

    brief = Pricer().price(PROJECT, llm(**gemini, input_tokens=200_000, output_tokens=1), NOW)
    long = Pricer().price(PROJECT, llm(**gemini, input_tokens=200_001, output_tokens=1), NOW)

    assert brief is not None
    assert long is not None
    assert brief.input == pytest.approx(200_000 * 1.25 * MICRO)
    assert long.input == pytest.approx(200_001 * 2.5 * MICRO)
    assert long.output == pytest.approx(15 * MICRO)


def test_some_providers_are_cheaper_by_night() -> None:
    fields = llm("deepseek-chat", "deepseek", input_tokens=1_000_000, output_tokens=0)
    deepseek = Pricer()

    night = deepseek.price(PROJECT, fields, at("2025-03-01T23:00:00"))
    noon = deepseek.price(PROJECT, fields, at("2025-03-01T12:00:00"))

    assert night is not None
    assert noon is not None
    assert night.total == pytest.approx(0.135)
    assert noon.total == pytest.approx(0.27)


def test_a_price_change_holds_from_its_day_on() -> None:
    fields = llm("deepseek-v4-flash", "deepseek", input_tokens=1_000_000, output_tokens=0)
    list_prices = Pricer()

    before = list_prices.price(PROJECT, fields, at("2026-08-16T23:30:00"))
    after = list_prices.price(PROJECT, fields, at("2026-08-17T00:30:00"))

    assert before is not None
    assert after is not None
    assert before.total == pytest.approx(0.14)
    assert after.total == pytest.approx(0.22)


@pytest.mark.parametrize(
    ("model", "provider", "input_price"),
    [
        ("openai/gpt-4o-mini", "", 0.15),
        ("openai/gpt-4o-mini", "litellm", 0.15),
        ("gpt-4o-mini-2024-07-18", "", 0.15),
        ("GPT-4o-mini", "OpenAI", 0.15),
        ("gpt-4o-mini-20240718", "openai", 0.15),
        ("text-embedding-ada-002", "", 0.1),
        ("gpt-4o", "azure.ai.openai", 2.5),
        ("azure/gpt-4o", "", 2.5),
        ("models/gemini-2.5-flash", "gcp.gemini", 0.3),
        ("publishers/google/models/gemini-2.5-flash", "", 0.3),
        ("claude-3-5-sonnet@20241022", "gcp.vertex_ai", 3),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "aws_bedrock", 3),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "aws.bedrock", 3),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "", 3),
        ("bedrock/eu.anthropic.claude-sonnet-4-20250514-v1:0", "", 3),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0",
         "aws", 3),
        ("mistral-large-latest", "mistral_ai", 2),
        ("grok-4", "xai", 3),
        ("deepseek-chat", "openai", 0.135),
        ("gpt-4.1-2025-04-14", "langchain", 2),
    ],
)  # fmt: skip
def test_the_same_model_is_found_whatever_its_spelling(
    model: str, provider: str, input_price: float
) -> None:
    periods = lookup(model, provider, date(2026, 11, 1))

    assert periods[0].rates.input == pytest.approx(input_price * MICRO)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("house-model", "openai"),
        ("", "openai"),
        ("gpt-4o", "ollama"),
        ("llama3", "vllm"),
        ("x" * 5000, ""),
        ("../../etc/passwd", "?"),
        ("/", "/"),
    ],
)
def test_what_nobody_sells_costs_null(model: str, provider: str) -> None:
    fields = llm(model, provider, input_tokens=5, output_tokens=5)

    assert Pricer().price(PROJECT, fields, NOW) is None
    assert Pricer().explain(PROJECT, fields, NOW) is None


def test_without_tokens_the_cost_is_unknown() -> None:
    assert Pricer().price(PROJECT, llm(), NOW) is None
    assert Pricer().price(PROJECT, Fields(name="step"), NOW) is None


def test_output_that_has_no_price_makes_the_total_unknown() -> None:
    period = Period(from_second=0, rates=Rates(input=MICRO))

    cost = pricer(listed=(period,)).price(PROJECT, llm(input_tokens=3, output_tokens=3), NOW)

    assert cost is not None
    assert (cost.input, cost.output, cost.total) == (pytest.approx(3 * MICRO), None, None)


def test_an_embedding_that_counts_only_a_total_is_priced() -> None:
    fields = llm("text-embedding-3-small", total_tokens=1000)

    cost = Pricer().price(PROJECT, fields, NOW)

    assert cost is not None
    assert cost.total == pytest.approx(0.02 * MICRO * 1000)
    assert cost.output is None


def test_what_the_client_reports_wins_and_is_marked() -> None:
    fields = llm(input_tokens=1000, output_tokens=100)
    fields.cost = ReportedCost(input=0.5, output=0.25, total=0.75)

    cost = Pricer().explain(PROJECT, fields, NOW)

    assert cost is not None
    assert (cost.input, cost.output, cost.total) == (0.5, 0.25, 0.75)
    assert (cost.source, cost.price_date, cost.details) == ("client", None, ())


def test_a_reported_total_alone_leaves_its_parts_unknown() -> None:
    fields = Fields(name="chat", cost=ReportedCost(total=0.01))

    cost = Pricer().price(PROJECT, fields, NOW)

    assert cost is not None
    assert (cost.input, cost.output, cost.total) == (None, None, 0.01)


def test_reported_parts_add_up_to_the_total_that_was_not_reported() -> None:
    cost = Pricer().price(PROJECT, Fields(name="x", cost=ReportedCost(input=1, output=2)), NOW)

    assert cost is not None
    assert cost.total == 3


@pytest.mark.parametrize(
    "reported",
    [
        ReportedCost(total=0.0),
        ReportedCost(input=0, output=0, total=0),
        ReportedCost(total=-1.0),
        ReportedCost(total=float("nan")),
        ReportedCost(total=float("inf")),
        ReportedCost(),
    ],
)
def test_a_reported_figure_that_cannot_be_one_is_computed_instead(reported: ReportedCost) -> None:
    fields = llm(input_tokens=1000, output_tokens=100)
    fields.cost = reported

    cost = Pricer().price(PROJECT, fields, NOW)

    assert cost is not None
    assert cost.source == "list"
    assert cost.total == pytest.approx(0.00021)


def test_a_reported_zero_without_tokens_is_believed() -> None:
    cost = Pricer().price(PROJECT, Fields(name="x", cost=ReportedCost(total=0.0)), NOW)

    assert cost is not None
    assert (cost.total, cost.source) == (0.0, "client")


def entry(model: str, price: float, **more: object) -> PriceEntry:
    rates = Rates(input=price * MICRO, output=price * MICRO)
    return PriceEntry(model=model, rates=rates, **more)


def test_an_entry_of_the_project_wins_over_the_list() -> None:
    own = Pricer(lambda project_id: [entry("gpt-4o-mini", 7)])

    cost = own.price(PROJECT, llm(input_tokens=1, output_tokens=1), NOW)

    assert cost is not None
    assert cost.source == "project"
    assert cost.total == pytest.approx(14 * MICRO)


@pytest.mark.parametrize(
    ("entries", "price"),
    [
        ([entry("gpt-*", 1), entry("gpt-4o-mini", 2)], 2),
        ([entry("gpt-*", 1), entry("gpt-4o-*", 2)], 2),
        ([entry("gpt-4o-mini", 1), entry("gpt-4o-mini", 2, provider="openai")], 2),
        ([entry("gpt-4o-mini", 1, provider="azure"), entry("gpt-4o-mini", 2)], 2),
        ([entry("gpt-4o-mini", 1, valid_from="2026-01-01"),
          entry("gpt-4o-mini", 2, valid_from="2026-10-01"),
          entry("gpt-4o-mini", 3, valid_from="2026-12-01")], 2),
        ([entry("gpt-4o-mini", 1), entry("gpt-*", 2, project_id=PROJECT)], 2),
        ([entry("gpt-4o-mini", 1, project_id=2), entry("gpt-4o-mini", 2)], 2),
        ([entry("GPT-4O-MINI", 2, provider="OpenAI")], 2),
    ],
)  # fmt: skip
def test_the_most_exact_entry_that_holds_on_the_day_wins(
    entries: list[PriceEntry], price: float
) -> None:
    cost = pricer(*entries).price(PROJECT, llm(input_tokens=1, output_tokens=0), NOW)

    assert cost is not None
    assert cost.input == pytest.approx(price * MICRO)


def test_an_entry_with_tiers_is_priced_by_the_length_of_input() -> None:
    tiered = PriceEntry(
        model="m",
        rates=Rates(input=1 * MICRO, output=1 * MICRO),
        tiers=(Tier(above_input_tokens=10, rates=Rates(input=2 * MICRO, output=3 * MICRO)),),
    )

    cost = pricer(tiered).explain(PROJECT, llm("m", input_tokens=11, output_tokens=1), NOW)

    assert cost is not None
    assert cost.total == pytest.approx(25 * MICRO)
    assert [line.price for line in cost.details] == [2 * MICRO, 3 * MICRO]


def test_a_change_of_entries_is_seen_after_forgetting() -> None:
    entries: list[PriceEntry] = []
    own = Pricer(lambda project_id: entries, listed=lambda model, provider, day: ())
    fields = llm("m", input_tokens=1, output_tokens=0)
    assert own.price(PROJECT, fields, NOW) is None

    entries.append(entry("m", 1))
    own.forget()

    assert own.price(PROJECT, fields, NOW) is not None


counts = st.integers(0, 300_000)


@given(
    usage=st.builds(
        Usage,
        input_tokens=counts, output_tokens=counts, cached_tokens=counts, cache_write_tokens=counts,
        cache_write_1h_tokens=counts, reasoning_tokens=counts, input_audio_tokens=counts,
        output_audio_tokens=counts, input_image_tokens=counts, output_image_tokens=counts,
    ),
    absent=st.sets(
        st.sampled_from(["cached", "cache_write", "cache_write_1h", "input_audio", "reasoning",
                         "output_audio", "input_image", "output_image", "request"])
    ),
)  # fmt: skip
def test_the_lines_of_the_arithmetic_add_up_to_the_cost_whatever_the_counts(
    usage: Usage, absent: set[str]
) -> None:
    prices = {name: getattr(FULL, name) for name in FULL.__slots__ if name not in absent}
    fields = Fields(name="chat", model="m", usage=usage)

    cost = pricer(listed=(Period(from_second=0, rates=Rates(**prices)),)).explain(1, fields, NOW)

    assert cost is not None
    assert cost.total is not None
    assert cost.total >= 0
    assert sum(line.cost or 0 for line in cost.details) == pytest.approx(cost.total)
    tokens = sum(line.tokens for line in cost.details if line.type != "request")
    assert tokens == (usage.input_tokens or 0) + (usage.output_tokens or 0)


def test_the_api_shows_a_cost_with_its_lines() -> None:
    cost = Pricer().explain(PROJECT, llm(input_tokens=2, output_tokens=0), NOW)

    assert cost is not None
    assert cost.as_json() == {
        "input": pytest.approx(3e-7),
        "output": 0.0,
        "total": pytest.approx(3e-7),
        "source": "list",
        "price_date": "2026-11-01",
        "details": [
            {"type": "input", "tokens": 2, "price": 0.15 * MICRO, "cost": pytest.approx(3e-7)}
        ],
    }


@pytest.mark.parametrize("start_ns", [0, -1, -(10**18), 2**63 - 1, 2**62])
def test_any_time_can_be_priced(start_ns: int) -> None:
    assert Pricer().price(PROJECT, llm(input_tokens=1, output_tokens=1), start_ns) is not None
