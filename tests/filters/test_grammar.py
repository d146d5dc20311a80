"""The filter language: what it means, where it complains, and that it survives being printed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilothouse.filters import (
    And,
    Comparison,
    Exists,
    Expression,
    FilterError,
    FullText,
    Membership,
    Moment,
    Not,
    Now,
    Number,
    Or,
    Path,
    Quantified,
    Text,
    Truth,
    conjuncts,
    describe,
    parse,
    to_text,
)

KIND = Comparison(Path("kind"), "=", Text("llm"))
ERROR = Comparison(Path("status"), "=", Text("error"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('kind = "llm"', KIND),
        ("kind = 'llm'", KIND),
        ('kind == "llm"', KIND),
        ('  kind="llm"\n', KIND),
        ('((kind = "llm"))', KIND),
        ('kind = "llm" and status = "error"', And((KIND, ERROR))),
        ('kind = "llm" AND status = "error"', And((KIND, ERROR))),
        ('kind = "llm" or status = "error"', Or((KIND, ERROR))),
        (
            'kind = "llm" or status = "error" and kind = "llm"',
            Or((KIND, And((ERROR, KIND)))),
        ),
        (
            '(kind = "llm" or status = "error") and kind = "llm"',
            And((Or((KIND, ERROR)), KIND)),
        ),
        ('kind = "llm" and (status = "error" and kind = "llm")', And((KIND, ERROR, KIND))),
        ('not kind = "llm" and status = "error"', And((Not(KIND), ERROR))),
        ('not (kind = "llm" and status = "error")', Not(And((KIND, ERROR)))),
        ('"refund policy"', FullText("refund policy")),
        ('"a" and "b"', And((FullText("a"), FullText("b")))),
        ('model ~ "gpt-4*"', Comparison(Path("model"), "~", Text("gpt-4*"))),
        ("duration_ms > 2000", Comparison(Path("duration_ms"), ">", Number(2000))),
        ("duration_ms > 1.5s", Comparison(Path("duration_ms"), ">", Number(1.5, "s"))),
        (
            "usage.total_tokens >= 4k",
            Comparison(Path("usage.total_tokens"), ">=", Number(4, "k")),
        ),
        (
            "usage.total_tokens < 2M",
            Comparison(Path("usage.total_tokens"), "<", Number(2, "M")),
        ),
        ("cost.total > -0.5", Comparison(Path("cost.total"), ">", Number(-0.5))),
        ('tags has "beta"', Comparison(Path("tags"), "has", Text("beta"))),
        ('not tags has "beta"', Not(Comparison(Path("tags"), "has", Text("beta")))),
        ('tags not has "beta"', Not(Comparison(Path("tags"), "has", Text("beta")))),
        (
            'metadata.customer.tier = "gold"',
            Comparison(Path("metadata", "customer.tier"), "=", Text("gold")),
        ),
        ('metadata."a b".c exists', Exists(Path("metadata", "a b.c"))),
        ('metadata has "a"', Comparison(Path("metadata"), "has", Text("a"))),
        (
            "attributes.http.response-code = 200",
            Comparison(Path("attributes", "http.response-code"), "=", Number(200)),
        ),
        ("scores.correctness < 0.5", Comparison(Path("scores", "correctness"), "<", Number(0.5))),
        ("scores.ok = true", Comparison(Path("scores", "ok"), "=", Truth(True))),
        ("model exists", Exists(Path("model"))),
        ("exists(model)", Exists(Path("model"))),
        ("model not exists", Not(Exists(Path("model")))),
        ("model = null", Not(Exists(Path("model")))),
        ("model != null", Exists(Path("model"))),
        ('kind in ("llm")', Membership(Path("kind"), (Text("llm"),))),
        ('kind in ("llm", "tool",)', Membership(Path("kind"), (Text("llm"), Text("tool")))),
        ('kind not in ("llm")', Not(Membership(Path("kind"), (Text("llm"),)))),
        ("start_time > now - 2h", Comparison(Path("start_time"), ">", Now(Number(-2, "h")))),
        ("start_time>now-2h", Comparison(Path("start_time"), ">", Now(Number(-2, "h")))),
        ("start_time < now", Comparison(Path("start_time"), "<", Now())),
        (
            "start_time >= 2026-11-21T09:00:00.123456+02:00",
            Comparison(
                Path("start_time"), ">=", Moment(datetime(2026, 11, 21, 7, 0, 0, 123456, UTC))
            ),
        ),
        (
            'start_time >= "2026-11-21"',
            Comparison(Path("start_time"), ">=", Moment(datetime(2026, 11, 21, tzinfo=UTC))),
        ),
        ("any(span: kind = 'llm')", Quantified(every=False, term=KIND)),
        (
            'ALL ( span : kind = "llm" or status = "error" )',
            Quantified(every=True, term=Or((KIND, ERROR))),
        ),
        (r'name = "say \"hi\"\n"', Comparison(Path("name"), "=", Text('say "hi"\n'))),
        (r'name matches "\d+\.x"', Comparison(Path("name"), "matches", Text(r"\d+\.x"))),
        ("input_preview exists", Exists(Path("input_preview"))),
    ],
)
def test_a_text_means_its_tree(text: str, tree: Expression) -> None:
    assert parse(text) == tree
    assert parse(to_text(parse(text))) == tree


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_filter_asks_for_nothing(text: str) -> None:
    assert parse(text) is None
    assert to_text(None) == ""


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ('kimd = "llm"', 1, "did you mean 'kind'"),
        ('kind = "llm" and modle = "x"', 18, "did you mean 'model'"),
        ("latency > 3", 1, "did you mean 'duration_ms'"),
        ("metdata.x = 1", 1, "did you mean 'metadata.x'"),
        ("usage.totl_tokens > 3", 1, "did you mean 'usage.total_tokens'"),
        ("Kind exists", 1, "did you mean 'kind'"),
        ("kimd", 1, "did you mean 'kind'"),
        ("zzzzzz = 1", 1, "there is no field 'zzzzzz'"),
        ("kind = llm", 8, "'llm' is not in quotes"),
        ("kind = ", 8, "ends too early"),
        ("kind", 5, "an operator"),
        ('kind "x"', 6, "an operator"),
        ('(kind = "a"', 12, "ends too early"),
        ('kind = "a")', 11, "is out of place"),
        ('kind = "a', 8, "not closed"),
        ('kind = "a" kind = "b"', 12, "and"),
        ('kind = "a" or', 14, "ends too early"),
        ('kind = "a" and or kind = "b"', 16, "is out of place"),
        ("$", 1, "is out of place"),
        ("any(spam: x)", 5, "span:"),
        ("kind in ()", 10, "a text in quotes"),
        ("kind > > 3", 8, "is out of place"),
        ('duration_ms > "x"', 15, "a duration"),
        ("usage.total_tokens > 4ms", 22, "a number"),
        ("kind = 3", 8, "a text in quotes"),
        ('kind has "x"', 6, "'has' does not go with kind"),
        ("tags < 3", 6, "'<' does not go with tags"),
        ('duration_ms ~ "x"', 13, "'~' does not go with"),
        ('metadata = "x"', 1, "metadata.<name>"),
        ("start_time > 3", 14, "a time"),
        ("start_time > 2026-13-01", 14, "is no time"),
        ('streaming = "x"', 13, "true or false"),
        ('name matches "("', 14, "broken pattern"),
        ('"   "', 1, "nothing to search for"),
        ("duration_ms > 1e999", 15, "too large"),
        ("model < null", 7, "null is only equal or not"),
        ("not " * 100 + "model exists", 1, "nested deeper"),
        ("(" * 100 + "model exists" + ")" * 100 + " and zz = 1", 218, "there is no field"),
        ('"' + "x" * 20_001 + '"', 20_001, "at most 20,000 characters"),
    ],
)
def test_a_mistake_is_told_with_its_column(text: str, column: int, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)

    assert says in str(caught.value)
    assert caught.value.column == column
    assert f"column {column}" in str(caught.value)
    assert caught.value.details()["column"] == column


def test_an_error_names_what_was_expected() -> None:
    with pytest.raises(FilterError) as caught:
        parse('kind = "llm" model = "x"')

    assert caught.value.expected == ("and", "or", "the end")


def test_the_conjuncts_are_the_chips_of_the_filter_bar() -> None:
    tree = parse('kind = "llm" and (status = "error" or model exists) and "x"')

    chips = [to_text(part) for part in conjuncts(tree)]

    assert chips == ['kind = "llm"', 'status = "error" or model exists', '"x"']


def test_numbers_multiply_out_with_their_suffix() -> None:
    assert Number(1.5, "s").value == 1500
    assert Number(2, "d").value == 172_800_000
    assert Number(4, "k").value == 4000
    assert Number(2, "M").value == 2_000_000


def test_now_moves_with_the_clock_and_stays_in_the_calendar() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    assert Now(Number(-2, "h")).resolve(now) == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert Now(Number(-9e12, "d")).resolve(now).year == 1


def test_the_description_offers_the_fields_of_the_scope_first() -> None:
    fields = describe("spans")["fields"]

    first_foreign = next(i for i, field in enumerate(fields) if not field["own"])
    assert all(not field["own"] for field in fields[first_foreign:])
    assert next(f for f in fields if f["name"] == "kind")["values"][0] == "llm"
