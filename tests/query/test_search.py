"""Full text: any script, any case, any part of a word, and never more than what matches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.platform.store import extent, search
from pilothouse.platform.store.text_match import may_be_part, pieces, whole_words
from query_world import Given, World, opened

pytestmark = pytest.mark.slow

SAID = {
    "english": (
        "I want a Refund policy, please.",
        "The refunds-policy of 2026 says 100% no_thing.",
    ),
    "chinese": ("请问退款政策是什么", "退货政策如下"),
    "japanese": ("返金ポリシーを教えて", ""),
    "arabic": ("ما هي سياسة الاسترداد؟", ""),
    "russian": ("Какова политика возврата?", ""),
    "accents": ("Où est le CAFÉ naïve", ""),
    "emoji": ("party 🎉🎊 time", ""),
    "code": ("SELECT * FROM t WHERE a LIKE '%x_y\\z%' -- \"q\"", "foo_bar(baz.qux) can't"),
    "split": ("ends with alpha", "beta begins"),
    "html": ("<b>bold</b>&amp;", ""),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        for at, (name, (said, answered)) in enumerate(SAID.items()):
            world.put(
                Given(trace_id=name, span_id=f"{name}-root", at=at * 900, ms=8000),
                Given(
                    trace_id=name,
                    span_id=f"{name}-call",
                    parent=f"{name}-root",
                    at=at * 900 + 5,
                    input=said,
                    output=answered,
                ),
            )
        world.put(
            Given(trace_id="two", span_id="two-a", at=20_000, input="apples"),
            Given(trace_id="two", span_id="two-b", parent="two-a", at=20_001, input="oranges"),
        )
        yield world


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at everything, however slow the machine is."""
    monkeypatch.setattr(search, "BUDGET_S", 30.0)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("refund", ["english"]),
        ("REFUND", ["english"]),
        ("efun", ["english"]),
        ('"refund policy"', ["english"]),
        ('"efund pol"', ["english"]),
        ('"policy refund"', []),
        ("policy refund", ["english"]),
        ("refund 2026", ["english"]),
        ("refund nothing", []),
        ("100%", ["english"]),
        ("1%0", []),
        ("no_thing", ["english"]),
        ("no_t", ["english"]),
        ("noXthing", []),
        ("退款", ["chinese"]),
        ("政策", ["chinese"]),
        ("策是什", ["chinese"]),
        ("款退", []),
        ("ポリシー", ["japanese"]),
        ("シーを", ["japanese"]),
        ("سياسة", ["arabic"]),
        ("ياس", ["arabic"]),
        ("الاسترداد؟", ["arabic"]),
        ("ПОЛИТИКА", ["russian"]),
        ("литик", ["russian"]),
        ("café", ["accents"]),
        ("afé", ["accents"]),
        ("naïve", ["accents"]),
        ("aïv", ["accents"]),
        ("🎉", ["emoji"]),
        ("🎉🎊", ["emoji"]),
        ('"party 🎉"', ["emoji"]),
        ("🎊🎉", []),
        ("%x_y\\z%", ["code"]),
        ("x_y\\z", ["code"]),
        ("\\", ["code"]),
        ("'%x", ["code"]),
        ('"\\"q\\""', ["code"]),
        ("foo_bar", ["code"]),
        ("oo_ba", ["code"]),
        ("bar(baz", ["code"]),
        ("baz.q", ["code"]),
        ("can't", ["code"]),
        ("--", ["code"]),
        ('"alpha beta"', []),
        ('"alpha\nbeta"', []),
        ("alpha beta", ["split"]),
        ("<b>", ["html"]),
        ("&amp;", ["html"]),
        ("apples oranges", []),
        ("apples", ["two"]),
        ("zzz", []),
        ('"unclosed', []),
    ],
)
def test_every_piece_stands_in_one_span(q: str, found: list[str], world: World) -> None:
    page = world.get("/traces", q=q)

    assert [item["trace_id"] for item in page["items"]] == found
    assert page["searched_until"] is None
    assert page["next_cursor"] is None
    spans = world.get("/spans", q=q)["items"]
    assert [item["span_id"] for item in spans] == [
        f"{name}-a" if name == "two" else f"{name}-call" for name in found
    ]


def test_an_empty_search_asks_for_nothing(world: World) -> None:
    assert len(world.get("/traces", q="  ")["items"]) == len(SAID) + 1
    assert len(world.get("/traces", q='""')["items"]) == len(SAID) + 1


def test_a_search_keeps_to_its_filter_and_window(world: World) -> None:
    assert world.trace_ids('name = "nothing"', q="refund") == []
    assert world.trace_ids('status = "ok"', q="refund") == ["english"]
    assert world.trace_ids(q="政策", project="shop", from_="2026-09-21T14:00:00Z") == ["chinese"]
    assert world.trace_ids(q="政策", to="2026-09-21T14:15:00Z") == []
    assert world.trace_ids(q="政策", to="2026-09-21T14:15:01Z") == ["chinese"]
    assert world.trace_ids(q="refund", project="desk") == []


def test_a_long_trace_is_found_by_a_span_of_a_later_hour(world: World) -> None:
    world.put(
        Given(trace_id="slow", span_id="slow-0", at=100, project="desk"),
        Given(
            trace_id="slow",
            span_id="slow-1",
            parent="slow-0",
            at=9000,
            project="desk",
            input="latecomer",
        ),
        Given(trace_id="soon", span_id="soon-0", at=200, project="desk", input="latecomer"),
    )

    first = world.get("/traces", q="latecomer", limit=1)
    second = world.get("/traces", q="latecomer", limit=1, cursor=first["next_cursor"])

    assert [i["trace_id"] for i in first["items"] + second["items"]] == ["soon", "slow"]
    assert world.trace_ids(q="latecomer", to="2026-09-21T14:10:00Z") == ["slow", "soon"]
    assert world.trace_ids(q="atecome", to="2026-09-21T14:10:00Z", project="desk") == [
        "slow",
        "soon",
    ]


def test_a_replaced_text_is_not_found_any_more(world: World) -> None:
    world.put(Given(trace_id="edit", span_id="edit-0", at=30_000, input="oldword"))
    world.put(Given(trace_id="edit", span_id="edit-0", at=30_000, input="newword"))

    assert world.span_ids(q="newword") == ["edit-0"]
    assert world.span_ids(q="oldword") == []
    assert world.span_ids(q="ldwor") == []
    assert world.trace_ids(q="newword") == ["edit"]
    assert world.trace_ids(q="oldword") == []


def test_a_search_whose_time_is_over_says_how_far_it_looked_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(
        *(
            Given(
                trace_id=f"w{n}",
                span_id=f"w{n}",
                at=100_000 + n * 86_400,
                project="desk",
                input="x wholeword" if n == 9 else "xwholewordy",
            )
            for n in range(10)
        )
    )
    monkeypatch.setattr(search, "FEW_ROWS", 0)
    monkeypatch.setattr(search, "FIRST_ROWS", 1)
    monkeypatch.setattr(extent, "FRESH_S", 0.0)
    scan, windows = search._Search._scan, 0

    async def scan_two(*args: Any, **how: Any) -> Any:
        nonlocal windows
        windows += 1
        return (None, False) if windows == 3 else await scan(*args, **how)

    monkeypatch.setattr(search._Search, "_scan", scan_two)

    first = world.get("/traces", q="wholeword", project="desk")

    found = [i["trace_id"] for i in first["items"]]
    assert found == [f"w{n}" for n in range(9, 9 - len(found), -1)]
    assert 0 < len(found) < 10
    assert first["searched_until"] is not None
    rest = world.get("/traces", q="wholeword", project="desk", cursor=first["next_cursor"])
    assert found + [i["trace_id"] for i in rest["items"]] == [f"w{n}" for n in range(9, -1, -1)]
    assert rest["searched_until"] is None
    assert rest["next_cursor"] is None


def test_pieces_are_words_and_phrases() -> None:
    assert pieces('refund "two words" x"y') == ["refund", "two words", 'x"y']
    assert pieces('"say \\"hi\\""') == ['say "hi"']
    assert pieces('  ""  ') == []


def test_only_inner_words_are_surely_whole() -> None:
    assert whole_words("efund policy pleas") == ["policy"]
    assert whole_words("refund") == []
    assert whole_words(" refund ") == ["refund"]
    assert whole_words("a b.c d") == []
    assert whole_words("a can't d") == []


def test_a_piece_between_other_signs_is_no_part_of_a_word() -> None:
    assert may_be_part("refund")
    assert may_be_part("退款s")
    assert not may_be_part("退款")
    assert not may_be_part("(x)")
