"""Laws of the filter language, over trees and texts that nobody thought of."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

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
    parse,
    to_text,
)

texts = st.text(max_size=20)
keys = st.text(min_size=1, max_size=12).filter(
    lambda key: key.strip(".") == key and ".." not in key
)
integers = st.integers(-(2**40), 2**40)
floats = st.floats(allow_nan=False, allow_infinity=False, width=32)
plain = st.builds(Number, integers | floats, st.sampled_from(["", "k", "M"]))
durations = st.builds(Number, integers | floats, st.sampled_from(["", "ms", "s", "m", "h", "d"]))
offsets = st.builds(Number, integers.filter(bool), st.sampled_from(["ms", "s", "m", "h", "d"]))
moments = st.builds(Moment, st.datetimes(timezones=st.just(UTC))) | st.builds(
    Now, st.none() | offsets
)
open_paths = st.builds(Path, st.sampled_from(["metadata", "attributes", "resource"]), keys)
ordered = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
patterns = st.sampled_from(["~", "contains"])

atoms: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Comparison, st.just(Path("name")), ordered | patterns, st.builds(Text, texts)),
    st.builds(Comparison, st.just(Path("usage.total_tokens")), ordered, plain),
    st.builds(Comparison, st.just(Path("duration_ms")), ordered, durations),
    st.builds(Comparison, st.just(Path("start_time")), ordered, moments),
    st.builds(
        Comparison,
        st.just(Path("streaming")),
        st.sampled_from(["=", "!="]),
        st.builds(Truth, st.booleans()),
    ),
    st.builds(Comparison, st.just(Path("tags")), st.just("has"), st.builds(Text, texts)),
    st.builds(Comparison, open_paths, ordered, st.one_of(st.builds(Text, texts), plain, moments)),
    st.builds(
        Membership,
        st.builds(Path, st.just("kind")),
        st.lists(st.builds(Text, texts), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Exists, open_paths),
    st.builds(FullText, texts.filter(str.strip)),
)


def _several(kind: type[And | Or], terms: list[Expression]) -> Expression:
    flat: list[Expression] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, kind) else [term])
    return kind(tuple(flat))


entry_terms = st.one_of(
    st.builds(
        Comparison, st.just(Path("key")), st.sampled_from(["=", "!=", "~"]), st.builds(Text, texts)
    ),
    st.builds(Comparison, st.just(Path("value")), st.just("="), st.builds(Text, texts)),
    st.builds(Not, st.builds(Exists, st.just(Path("value")))),
)
entries = st.builds(
    Quantified,
    every=st.booleans(),
    term=st.one_of(entry_terms, st.builds(lambda a, b: And((a, b)), entry_terms, entry_terms)),
    over=st.sampled_from(["metadata", "input", "output"]),
)

trees = st.recursive(
    st.one_of(atoms, entries),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: _several(And, terms)),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: _several(Or, terms)),
        st.builds(
            Quantified,
            every=st.booleans(),
            term=inner,
            over=st.sampled_from(["span", "root", "trace"]),
        ),
    ),
    max_leaves=8,
)

WORDS = (
    *(
        "kind",
        "model",
        "metadata.x",
        "scores.y",
        "tags",
        "duration_ms",
        "start_time",
        "kimd",
        "now",
    ),
    *("=", "!=", "<", ">=", "~", "contains", "matches", "has", "in", "exists", "and", "or", "not"),
    *(
        "(",
        ")",
        ",",
        ":",
        "any(span:",
        "all(",
        "span",
        '"x"',
        "'",
        '"',
        "2s",
        "4k",
        "1.5",
        "-",
        "+",
    ),
    *("true", "null", "2026-11-21", "2026-99-99T", "\\", "é", "日本", "\x00", "🎉"),
)


@given(trees)
def test_a_printed_filter_parses_to_the_same_tree(tree: Expression) -> None:
    assert parse(to_text(tree)) == tree


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    try:
        tree = parse(text)
    except FilterError as e:
        column = e.column
    else:
        column = 1
        assert parse(to_text(tree)) == tree

    assert 1 <= column <= len(text) + 1


def test_a_date_without_a_zone_is_utc() -> None:
    assert parse("start_time > 2026-11-21") == Comparison(
        Path("start_time"), ">", Moment(datetime(2026, 11, 21, tzinfo=UTC))
    )
