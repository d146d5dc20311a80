"""What filters find, against a second reading of the language in Python over the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from filters_on_paper import boolean, compare
from pilothouse.filters import (
    FIELDS,
    And,
    Comparison,
    Exists,
    Expression,
    FullText,
    Membership,
    Not,
    Or,
    Path,
    Quantified,
    Text,
    parse,
    to_text,
)
from pilothouse.spans import Usage
from query_world import START_S, Cost, Given, World, opened

pytestmark = pytest.mark.slow

NAMES = ["plan", "answer", "a%b_c", "Ünïcode", "日本語", "x'; DROP TABLE spans; --", "back\\slash"]
MODELS = ["", "gpt-4o", "gpt-4o-mini", "claude-3", "[odd]model"]
TEXTS = [
    "",
    "Refund policy 100%",
    'it\'s \\ "quoted"',
    "退款政策",
    "سياسة",
    "under_score",
    "🎉 party",
]
METADATA = [{}, {"tier": "gold", "n": "3"}, {"tier": "silver", "n": "12"}, {"a b.c": "true"}]
ATTRIBUTES = [{}, {"http.route": "/a", "n": 7}, {"deep": {"x": 1}, "flag": True}, {"n": 7.5}]


def made_spans() -> Iterator[Given]:
    """A few hundred spans in two projects, with ties, gaps and awkward values."""
    chance = random.Random(7)
    for number in range(70):
        at = chance.choice([0, 600, 3599, 3600, 7200 + number])
        spans = chance.randint(1, 5)
        for index in range(spans):
            kind = chance.choice(["llm", "tool", "chain", "span"])
            used = kind == "llm" and chance.random() < 0.8
            yield Given(
                trace_id=f"t{number:03d}",
                span_id=f"s{number:03d}-{index}",
                parent="" if index == 0 else f"s{number:03d}-0",
                project="shop" if number % 3 else "desk",
                at=at + index,
                ms=chance.choice([None, 10, 250, 250, 5000]),
                name=chance.choice(NAMES),
                kind=kind,
                status=chance.choice(["ok", "ok", "error", "unset"]),
                input=chance.choice(TEXTS),
                output=chance.choice(TEXTS),
                usage=Usage(input_tokens=number, total_tokens=number + 5) if used else None,
                cost=Cost(total=number / 100) if used and number % 2 else None,
                attributes=chance.choice(ATTRIBUTES),
                fields={
                    "model": chance.choice(MODELS),
                    "user_id": chance.choice(["", "u1", "u2"]),
                    "session_id": chance.choice(["", f"c{number % 7}"]),
                    "tags": chance.choice([[], ["beta"], ["beta", "in%ternal"]]),
                    "metadata": chance.choice(METADATA),
                    "streaming": chance.choice([None, True, False]),
                },
            )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(*made_spans())
        world.post(
            "/scores",
            [
                {"trace_id": "t001", "name": "q", "value": 0.2},
                {"trace_id": "t002", "span_id": "s002-0", "name": "q", "value": 0.9},
                {"trace_id": "t004", "name": "mood", "label": "good"},
                {"session_id": "c3", "project": "shop", "name": "q", "value": 0.1},
            ],
        )
        yield world


class Reading:
    """The language read over rows as the API lists them; the second opinion."""

    def __init__(self, world: World) -> None:
        self.spans = world.get("/spans", limit=1000)["items"]
        self.traces = world.get("/traces", limit=1000)["items"]
        given = {(g.trace_id, g.span_id): g for g in made_spans()}
        for span in self.spans:
            known = given[(span["trace_id"], span["span_id"])]
            span["input"], span["output"] = known.input or None, known.output or None
            span["attributes"] = known.attributes
        self.of_trace: dict[str, list[dict[str, Any]]] = {}
        for span in self.spans:
            self.of_trace.setdefault(span["trace_id"], []).append(span)
        self.trace = {trace["trace_id"]: trace for trace in self.traces}
        self.of_session: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for trace in self.traces:
            if trace["session_id"]:
                self.of_session.setdefault((trace["project"], trace["session_id"]), []).append(
                    trace
                )

    def trace_holds(self, tree: Expression, trace: dict[str, Any]) -> bool:
        def atom(node: Expression) -> bool:
            spans = self.of_trace[trace["trace_id"]]
            match node:
                case Quantified(every=True, term=term):
                    return all(self.span_holds(term, span) for span in spans)
                case Quantified(term=term):
                    return any(self.span_holds(term, span) for span in spans)
                case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                    if "traces" in FIELDS[path.name].owners:
                        return compare(node, trace)
            return any(self.span_holds(node, span) for span in spans)

        return boolean(tree, atom)

    def span_holds(self, tree: Expression, span: dict[str, Any]) -> bool:
        def atom(node: Expression) -> bool:
            match node:
                case FullText(text=text):
                    return any(text.lower() in (span[k] or "").lower() for k in ("input", "output"))
                case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                    if "spans" in FIELDS[path.name].owners:
                        return compare(node, span)
            return self.trace_holds(node, self.trace[span["trace_id"]])

        return boolean(tree, atom)

    def session_holds(self, tree: Expression, traces: list[dict[str, Any]]) -> bool:
        return boolean(tree, lambda node: any(self.trace_holds(node, t) for t in traces))


@pytest.fixture(scope="module")
def reading(world: World) -> Reading:
    return Reading(world)


FILTERS = [
    'kind = "llm"',
    'kind != "llm"',
    'not kind = "llm"',
    'kind in ("tool", "chain")',
    'kind = "tool" and status = "error"',
    'any(span: kind = "tool" and status = "error")',
    'any(span: kind = "tool" or status = "error")',
    'any(span: not kind = "tool")',
    'all(span: status = "ok")',
    'not all(span: status = "ok" or kind = "llm")',
    'all(span: any(span: kind = "llm"))',
    'any(span: status = "error")',
    'any(span: model = "gpt-4o")',
    'any(span: model ~ "gpt-4*")',
    'any(span: model exists and kind = "llm")',
    'model = "gpt-4o"',
    'model != "gpt-4o"',
    'not model = "gpt-4o"',
    "model exists",
    "not model exists",
    "model = null",
    'model ~ "gpt-4?"',
    'model ~ "[[]odd]*"',
    'model matches "^gpt-4o(-mini)?$"',
    'models has "claude-3"',
    'models != "claude-3"',
    'name = "a%b_c"',
    'name ~ "a%b_c"',
    'name ~ "a*c"',
    'name ~ "*"',
    'name contains "%B_"',
    'name contains "_"',
    'name contains "\\\\"',
    'name contains "ÜNÏ"',
    'name = "x\'; DROP TABLE spans; --"',
    'name < "b"',
    'name >= "日"',
    'name in ("plan", "日本語", "nothing")',
    'status = "error" or name = "plan"',
    'status != "ok"',
    "duration_ms > 200",
    "duration_ms = 250ms",
    "duration_ms <= 0.25s",
    "not duration_ms > 200",
    "duration_ms exists",
    "duration_ms != 250",
    "usage.total_tokens >= 0.03k",
    "usage.total_tokens = 35",
    "not usage.total_tokens exists",
    "usage.input_tokens in (3, 4, 5)",
    "cost.total > 0.3",
    "cost.total = 0.33",
    "streaming = true",
    "streaming != true",
    "not streaming = true",
    "streaming exists",
    'tags has "beta"',
    'not tags has "beta"',
    'tags has "in%ternal"',
    'tags contains "IN%"',
    'tags != "beta"',
    "tags exists",
    'tags in ("beta", "x")',
    'user_id = "u1"',
    'user_id != "u1"',
    "user_id exists",
    'session_id = "c3"',
    'metadata.tier = "gold"',
    'metadata.tier != "gold"',
    "metadata.tier exists",
    "metadata.n > 2",
    "metadata.n > 3",
    "metadata.n = 3",
    'metadata.n = "3"',
    'metadata."a b.c" = true',
    'metadata has "tier"',
    'metadata has "a b.c"',
    "span_count > 3",
    "error_count = 0",
    "llm_call_count >= 2",
    'trace_id in ("t001", "t002")',
    'span_id = "s003-0"',
    "parent_span_id exists",
    "not parent_span_id exists",
    'input contains "REFUND"',
    'input contains "%"',
    'output contains "_"',
    'input contains "\\""',
    'input = "退款政策"',
    'output matches "(?i)REFUND.*%$"',
    '"refund policy"',
    '"efund pol"',
    '"退款"',
    '"سياسة"',
    '"🎉"',
    '"100%"',
    '"r_s"',
    '"\\\\"',
    '"it\'s"',
    'not "refund"',
    '"refund" and status = "error"',
    'any(span: "refund" and kind = "llm")',
    'all(span: not "refund")',
    "start_time >= 2026-09-21T15:00:00Z",
    "start_time < 2026-09-21T15:00:00Z",
    "start_time > 2026-09-21T14:10:00Z and start_time <= 2026-09-21T15:59:59.5Z",
    "end_time > 2026-09-21T15:00:00Z",
    "start_time > 1800-01-01T00:00:00Z and start_time < 9999-12-31T00:00:00Z",
]


def cleaned(text: str) -> Expression:
    tree = parse(text)
    assert tree is not None
    return tree


@pytest.mark.parametrize("text", [f for f in FILTERS if "[[]" not in f])
def test_a_filter_finds_the_same_in_the_store_as_on_paper(
    text: str, world: World, reading: Reading
) -> None:
    tree = cleaned(text)

    assert world.trace_ids(text) == sorted(
        t["trace_id"] for t in reading.traces if reading.trace_holds(tree, t)
    )
    assert world.span_ids(text) == sorted(
        s["span_id"] for s in reading.spans if reading.span_holds(tree, s)
    )
    sessions = world.get("/sessions", filter=text, limit=1000)["items"]
    assert sorted((s["project"], s["session_id"]) for s in sessions) == sorted(
        key for key, traces in reading.of_session.items() if reading.session_holds(tree, traces)
    )


def test_random_combinations_find_the_same_in_the_store_as_on_paper(
    world: World, reading: Reading
) -> None:
    chance = random.Random(11)
    atoms = [cleaned(f) for f in FILTERS if "[[]" not in f]

    def grown(depth: int) -> Expression:
        if depth == 0:
            return chance.choice(atoms)
        shape = chance.randrange(4)
        if shape == 0:
            return Not(grown(depth - 1))
        if shape == 1:
            return Quantified(chance.random() < 0.5, grown(depth - 1))
        terms = (grown(depth - 1), grown(depth - 1))
        return And(terms) if shape == 2 else Or(terms)

    for _ in range(60):
        tree = grown(chance.randint(1, 3))
        text = to_text(tree)

        found = world.trace_ids(text)

        assert found == sorted(
            t["trace_id"] for t in reading.traces if reading.trace_holds(tree, t)
        ), text


def test_a_glob_may_have_character_sets(world: World) -> None:
    assert world.span_ids('model ~ "[cg][lp]*"') == world.span_ids(
        'model ~ "gpt*" or model ~ "claude*"'
    )
    assert world.span_ids('model ~ "[[]odd]*"') == world.span_ids('model = "[odd]model"')
    assert world.span_ids('model ~ "[!g]*"') == world.span_ids('model exists and not model ~ "g*"')


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("attributes.n = 7", 7),
        ("attributes.n > 7", 7.5),
        ('attributes.http.route = "/a"', "/a"),
        ("attributes.flag = true", True),
    ],
)
def test_attributes_are_compared_by_what_they_are(
    text: str, found: Any, world: World, reading: Reading
) -> None:
    expected = [s["span_id"] for s in reading.spans if found in s["attributes"].values()]

    assert world.span_ids(text) == sorted(expected)
    assert expected


def test_attributes_exist_where_they_were_sent(world: World, reading: Reading) -> None:
    with_deep = sorted(s["span_id"] for s in reading.spans if "deep" in s["attributes"])

    assert world.span_ids("attributes.deep exists") == with_deep
    assert world.span_ids('attributes has "deep"') == with_deep


def test_scores_are_found_on_what_they_are_about(world: World) -> None:
    assert world.trace_ids("scores.q < 0.5") == ["t001"]
    assert world.trace_ids("scores.q exists") == ["t001", "t002"]
    assert world.span_ids("scores.q > 0.5") == ["s002-0"]
    assert world.span_ids("scores.q < 0.5") == []
    assert world.trace_ids('scores.mood = "good"') == ["t004"]
    assert world.trace_ids('scores has "mood"') == ["t004"]
    assert world.trace_ids('scores.mood ~ "g*" or scores.q in (0.2, 7)') == ["t001", "t004"]
    assert "t001" not in world.trace_ids("not scores.q exists")
    sessions = world.get("/sessions", filter="scores.q = 0.1")["items"]
    assert [(s["project"], s["session_id"]) for s in sessions] == [("shop", "c3")]


def test_a_moment_before_now_is_relative(world: World) -> None:
    hours = int((datetime.now(UTC).timestamp() - START_S) // 3600) + 2

    assert len(world.trace_ids(f"start_time > now - {hours}h")) == 70
    assert world.trace_ids("start_time > now") == []


def test_a_window_takes_its_first_moment_and_not_its_last(world: World, reading: Reading) -> None:
    first = datetime.fromtimestamp(START_S + 600, UTC)
    last = first + timedelta(seconds=3000)

    found = world.trace_ids(from_=first.isoformat(), to=last.isoformat())

    starts = {t["trace_id"]: datetime.fromisoformat(t["start_time"]) for t in reading.traces}
    assert found == sorted(t for t, start in starts.items() if first <= start < last)
    assert found


def test_projects_are_kept_apart(world: World, reading: Reading) -> None:
    shop = sorted(t["trace_id"] for t in reading.traces if t["project"] == "shop")

    assert world.trace_ids(project="shop") == shop
    assert world.trace_ids('kind = "llm" and "refund"', project="desk") == sorted(
        set(world.trace_ids('kind = "llm" and "refund"')) - set(shop)
    )
    assert world.error("/traces", 404, project="nowhere")["code"] == "not_found"


@pytest.mark.parametrize(
    "value",
    [
        "'; DROP TABLE spans; --",
        "{p0:String}",
        "\\",
        "\\'",
        '"',
        "%",
        "_",
        "\x00",
        "\n",
        "😀",
        "`x`",
    ],
)
def test_no_text_gets_out_of_its_value(value: str, world: World) -> None:
    quoted = to_text(Comparison(Path("name"), "=", Text(value)))
    key = to_text(Exists(Path("metadata", value)))

    assert world.trace_ids(quoted) == []
    assert world.trace_ids(key) == []
    assert world.trace_ids(quoted.replace(" = ", " ~ ")) == (
        world.trace_ids() if value == "*" else []
    )
    assert world.call("GET", "/traces", params={"q": value}).status_code == 200
    assert world.call("GET", "/facets", params={"field": f"metadata.{value}"}).status_code in (
        200,
        400,
    )


def test_a_mistake_is_answered_with_its_column(world: World) -> None:
    error = world.error("/traces", 400, filter='status = "ok" and kimd = "llm"')

    assert error["code"] == "bad_request"
    assert error["details"]["column"] == 19
    assert error["details"]["suggestion"] == "kind"


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 1001},
        {"from": "yesterday"},
        {"order_by": "-nothing"},
        {"cursor": "abc"},
        {"cursor": "W10"},
    ],
)
def test_bad_parameters_are_answered_400(params: dict[str, Any], world: World) -> None:
    answer = world.call("GET", "/traces", params=params)

    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "details"}
