"""Searches among many spans: by the words of merged parts, by scanning the others."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from pilothouse.platform.store import extent, search, words
from pilothouse.platform.store.text_match import edges_of
from pilothouse.platform.store.versions import Versions, versions_in
from pilothouse.platform.store.word_lists import Where
from query_world import START_S, Given, World, opened

pytestmark = pytest.mark.slow

WORDS = (
    *(
        "refund",
        "refunds",
        "Refunded",
        "re_fund",
        "can't",
        "foo.bar",
        "v1.2",
        "100%",
        "退款",
        "退货",
    ),
    *("café", "über", "naïve", "order-no", "x", "_private_", "a:b", "Zürich", "İstanbul", "ok!"),
)


def merged(world: World) -> None:
    asyncio.run(world.store.command("OPTIMIZE TABLE spans FINAL"))


def known(world: World) -> words.Vocabulary:
    return asyncio.run(words.vocabulary(world.store))


def text(rng: random.Random) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    rng = random.Random(7)
    return {f"t{n}": text(rng) for n in range(60)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        given = [
            Given(trace_id=name, span_id=name, at=n * 3000, input=said)
            for n, (name, said) in enumerate(texts.items())
        ]
        world.put(*given[:20])
        world.put(*given[20:40])
        merged(world)
        world.put(*given[40:])
        yield world


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a few spans for many."""
    monkeypatch.setattr(search, "FEW_ROWS", 0)
    monkeypatch.setattr(search, "FIRST_ROWS", 5)
    monkeypatch.setattr(extent, "FRESH_S", 0.0)
    monkeypatch.setattr(search, "BUDGET_S", 30.0)
    monkeypatch.setattr(words, "PATIENCE_S", 30.0)


def test_words_are_known_of_merged_parts_only(world: World) -> None:
    vocabulary = known(world)

    assert len(vocabulary.parts) == 1
    assert vocabulary.rows_beside == 20


@pytest.fixture(params=[0, 30], ids=["many new", "few new"])
def new_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the 20 spans that were not merged for many, and for few."""
    monkeypatch.setattr(search, "FEW_ROWS", request.param)


@pytest.mark.usefixtures("new_parts")
@pytest.mark.parametrize("seed", range(40))
def test_a_search_finds_what_holds_the_letters(
    seed: int, world: World, texts: dict[str, str]
) -> None:
    rng = random.Random(seed)
    said = text(rng) if seed % 3 else rng.choice(list(texts.values()))
    start = rng.randrange(len(said))
    piece = said[start : start + rng.randint(1, 9)].strip()
    if not piece:
        return
    lowered = piece.lower()

    found = world.get("/traces", q=f'"{piece}"', limit=100)

    wanted = [name for name, said in texts.items() if lowered in said.lower()]
    assert [item["trace_id"] for item in found["items"]] == wanted[::-1]
    assert found["searched_until"] is None
    page, ids = found, []
    cursor = {}
    for _ in range(100):
        page = world.get("/spans", q=f'"{piece}"', limit=3, **cursor)
        ids += [item["span_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert ids == wanted[::-1]


def test_a_page_from_merged_and_a_few_new_spans_is_looked_up_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW_ROWS", 30)
    world.get("/traces", q="refund", limit=5)  # the words are read
    before = world.store.reads["traces"].spread().count

    found = world.get("/traces", q="refund", limit=5)

    assert len(found["items"]) == 5
    assert found["searched_until"] is None
    extent_and_page = 2
    assert world.store.reads["traces"].spread().count - before == extent_and_page


def test_an_edge_of_a_piece_is_surely_in_one_word() -> None:
    assert [(e.letters, e.where) for e in edges_of("efun")] == [("efun", "inside")]
    assert [(e.letters, e.where) for e in edges_of("efund pol")] == [
        ("efund", "end"),
        ("pol", "start"),
    ]
    assert edges_of("a.b") == []
    assert edges_of("__") == []
    assert edges_of("退款") == []
    assert [e.letters for e in edges_of("foo.b c")] == ["c"]


def test_the_engine_keeps_letters_side_by_side_in_one_word(world: World) -> None:
    rng = random.Random(3)
    said = ["".join(rng.choices("abé退_'.:-, 09\nİß🙂%", k=rng.randint(1, 30))) for _ in range(300)]
    rows = world.store.records_sync(
        "SELECT lowerUTF8(said) AS text, tokens(text, 'asciiCJK') AS words"
        " FROM (SELECT arrayJoin({said:Array(String)}) AS said)",
        {"said": said},
    )
    for row in rows:
        for run in re.finditer(r"[a-z0-9_]*[a-z0-9][a-z0-9_]*", row["text"]):
            assert any(run[0].strip("_") in word for word in row["words"]), row
        at = rng.randrange(len(row["text"]))
        piece = row["text"][at : at + rng.randint(1, 9)]
        for edge in edges_of(piece):
            tests = {"inside": str.__contains__, "end": str.endswith, "start": str.startswith}
            assert any(tests[edge.where](word, edge.letters) for word in row["words"]), row


@pytest.mark.usefixtures("new_parts")
def test_a_replaced_text_is_found_in_no_part(world: World) -> None:
    world.put(Given(trace_id="edit", span_id="edit", at=400_000, project="desk", input="oldword"))
    merged(world)
    world.put(Given(trace_id="edit", span_id="edit", at=400_000, project="desk", input="newword"))

    assert world.span_ids(q="ldwor") == []
    assert world.span_ids(q="ewwor") == ["edit"]
    world.put(Given(trace_id="edit", span_id="edit", at=400_000, project="desk", input="thirdword"))
    merged(world)
    assert world.span_ids(q="ewwor") == []
    assert world.span_ids(q="hirdwor") == ["edit"]


def test_older_versions_are_looked_for_only_where_parts_overlap_or_were_not_merged(
    world: World,
) -> None:
    def several() -> Collection[tuple[int, int]] | None:
        return asyncio.run(versions_in(world.store, known(world).stored)).hours

    merged(world)
    assert several() == frozenset()
    at, hour = 500_000, (START_S + 500_000) // 3600 * 3600
    world.put(Given(trace_id="new", span_id="new", at=at, project="desk", input="freshword"))
    [(project, shared)] = several() or ()
    assert shared == hour
    assert Versions(frozenset([(project, hour)])).between([project], hour, hour)
    world.put(Given(trace_id="new", span_id="new", at=at, project="desk", input="staleword"))
    assert world.span_ids(q="freshword") == []
    merged(world)
    assert several() == frozenset()
    assert world.span_ids(q="freshword") == []
    assert world.span_ids(q="taleword") == ["new"]
    gone = replace(known(world).stored[0], name="all_0_0_0")
    assert asyncio.run(versions_in(world.store, [gone])).in_hour(project, hour)


def test_words_of_erased_texts_are_dropped(world: World) -> None:
    world.put(
        Given(trace_id="gone", span_id="gone", at=500_000, project="desk", input="secretword")
    )
    merged(world)
    assert world.span_ids(q="ecretwor") == ["gone"]
    kept = "SELECT count() FROM words WHERE position(words, 'secretword') > 0"
    assert world.store.rows_sync(kept) == [(1,)]

    asyncio.run(world.store.command("DELETE FROM spans WHERE span_id = 'gone'"))
    asyncio.run(world.store.command("ALTER TABLE spans APPLY DELETED MASK"))
    merged(world)
    asyncio.run(words.forget_gone(world.store))

    assert world.store.rows_sync(kept) == [(0,)]
    assert world.span_ids(q="ecretwor") == []


@pytest.mark.parametrize("where", ["inside", "start", "end"])
@pytest.mark.parametrize("piece", ["re", "order", "und", "x", "absent"])
def test_memory_and_table_know_the_same_words(piece: str, where: Where, world: World) -> None:
    in_memory = known(world)
    in_table = replace(in_memory, lists=None)

    found = [
        asyncio.run(words.containing(world.store, each, piece, where))
        for each in (in_memory, in_table)
    ]

    assert sorted(found[0] or ()) == sorted(found[1] or ())
