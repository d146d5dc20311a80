"""Any value as text: bounded, and never an exception."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import time
from typing import Any, NamedTuple

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.tracing.values import as_text

LIMIT = 100_000


def shown(value: Any) -> Any:
    text, mime = as_text(value, LIMIT)
    return json.loads(text) if mime == "application/json" else text


class Color(enum.Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Order:
    id: str
    items: list[str]


class Model(pydantic.BaseModel):
    name: str
    inner: dict[str, int] = {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ("", ""),
        (None, None),
        (3, 3),
        (float("nan"), "nan"),
        ({"a": [1, (2, 3)]}, {"a": [1, [2, 3]]}),
        ({1: "int key", None: "none key"}, {"1": "int key", "None": "none key"}),
        (Color.RED, "red"),
        (Point(1, 2), {"x": 1, "y": 2}),
        (Order("1", ["a"]), {"id": "1", "items": ["a"]}),
        (Model(name="n", inner={"a": 1}), {"name": "n", "inner": {"a": 1}}),
        (dt.date(2026, 11, 21), "2026-11-21"),
        (b"abc", "<3 bytes: abc>"),
        (np.array([1, 2]), [1, 2]),
        (np.float32(0.5), 0.5),
        (np.zeros((100, 100)), "<ndarray of shape (100, 100)>"),
        (ValueError("bad"), "ValueError: bad"),
        (len, "<len>"),
        (Order, "<Order>"),
        ([{"日本": "語"}], [{"日本": "語"}]),
    ],
)
def test_what_each_kind_of_value_becomes(value: Any, expected: Any) -> None:
    assert shown(value) == expected


def test_a_cycle_is_named_and_ends() -> None:
    loop: dict[str, Any] = {"a": 1}
    loop["self"] = loop

    assert shown(loop) == {"a": 1, "self": "<dict, contains itself>"}


def test_the_same_object_twice_is_no_cycle() -> None:
    item = [1]

    assert shown([item, item]) == [[1], [1]]


def test_a_deep_value_ends() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]

    assert "too deep" in as_text(deep, LIMIT)[0]


def test_a_long_text_is_cut_and_says_how_much_is_missing() -> None:
    text, _ = as_text("x" * 250_000, LIMIT)

    assert len(text) < LIMIT + 50
    assert text.endswith("… [150,000 more characters]")


def test_a_huge_value_costs_little() -> None:
    huge = {str(n): [{"k": "v" * 100}] * 1_000 for n in range(10_000)}
    begin = time.process_time()

    text, _ = as_text(huge, LIMIT)

    assert time.process_time() - begin < 0.5
    assert len(text) < 3 * LIMIT


def test_an_object_whose_every_access_fails_is_still_named() -> None:
    class Hostile:
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __repr__(self) -> str:
            raise RuntimeError

    assert "Hostile" in as_text({"a": Hostile()}, LIMIT)[0]


JSON_LIKE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(JSON_LIKE)
def test_what_is_json_already_stays_as_it_is(value: Any) -> None:
    assert shown(value) == value
