"""A span becomes a row and comes back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import (
    SOURCE_COLUMNS,
    SPAN_COLUMNS,
    decode_value,
    encode_value,
    pack,
    row_of,
    source_of,
    split_attributes,
)
from pilothouse.spans import Event, Fields, Link, Source

SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.binary(max_size=20),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc.", min_size=1), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_of_a_map_column_comes_back_with_its_type(value: Any) -> None:
    back = decode_value(encode_value(value))

    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_infinity_comes_back(value: float) -> None:
    assert decode_value(encode_value(value)) == value


def test_no_attribute_is_lost_between_the_map_and_the_content() -> None:
    attributes = {
        "llm.input_messages.0.message.role": "user",
        "short": "x",
        "long": "y" * 500,
        "number": 3,
        "input.value": "kept once",
    }

    small, content = split_attributes(attributes, ("input.value", ""))

    assert small == {"short": "x", "number": "\x013"}
    assert content == {"llm.input_messages.0.message.role": "user", "long": "y" * 500}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    opened = Store(f"chdb://{tmp_path_factory.mktemp('spans')}")
    yield opened
    opened.close()


def stored(store: Store, source: Source, fields: Fields) -> Source:
    store.command_sync("TRUNCATE TABLE spans")
    row = row_of(1, source, fields, None, 1)
    store.insert_packed("spans", SPAN_COLUMNS, pack(row))
    columns = ", ".join(
        "toUnixTimestamp64Micro(start_time) AS start_us" if c == "start_us" else c
        for c in SOURCE_COLUMNS
    )
    [found] = store.records_sync(f"SELECT {columns} FROM spans")
    return source_of(found, "p")


def a_source(**given: Any) -> Source:
    return Source(
        **{
            "project": "p",
            "trace_id": "ab" * 16,
            "span_id": "cd" * 8,
            "name": "chat",
            "start_ns": 1_790_000_000_123_456_000,
            "end_ns": 1_790_000_001_000_000_000,
            **given,
        }
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    attributes=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
        VALUES,
        max_size=8,
    ),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=400),
)
def test_a_source_comes_back_from_the_store_as_it_was(
    store: Store, attributes: dict[str, Any], text: str
) -> None:
    source = a_source(
        attributes={**attributes, "input.value": text},
        resource={"service.name": "x", "n": 1},
        events=[Event(name="e", time_ns=5, attributes=attributes)],
        links=[Link(trace_id="12" * 16, span_id="34" * 8, attributes={"a": 1})],
        scope_name="scope",
        scope_version="1",
        scope_attributes={"k": True},
        otel_kind=3,
        status_code=2,
        status_message="broke",
    )
    fields = Fields(name="shown", input=text, input_key="input.value", status_message="broke")

    assert stored(store, source, fields) == source


def test_a_key_that_names_another_text_is_not_trusted(store: Store) -> None:
    source = a_source(attributes={"input.value": "what came"})

    back = stored(store, source, Fields(name="n", input="something else", input_key="input.value"))

    assert back.attributes == {"input.value": "what came"}


@pytest.mark.parametrize(
    ("start_ns", "end_ns"),
    [
        (0, 0),
        (1, None),
        (4_102_444_800_000_000_000, 4_102_444_801_000_000_000),
        (2**64 - 1, 2**64 - 1),
    ],
)
def test_times_far_away_are_kept_or_brought_to_the_last_that_can_be_said(
    store: Store, start_ns: int, end_ns: int | None
) -> None:
    back = stored(store, a_source(start_ns=start_ns, end_ns=end_ns), Fields(name="n"))

    assert back.start_ns == min(start_ns // 1000, 10_413_791_999_999_999) * 1000
