"""Charts of spans by what their traces say, and of traces by what their spans say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pilothouse.platform.store import extent, once
from query_world import START_S, Given, World, opened

START = datetime.fromtimestamp(START_S, UTC)
TRACES = 24


@pytest.fixture(scope="module", params=["few", "many"])
def world(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Each trace begins in the first hour, goes on in the second, and has a namesake at the desk.

    Of many spans versions are only looked for where there can be several.
    """
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "many":
            patched.setattr(once, "FEW_ROWS", 0)
            patched.setattr(extent, "FRESH_S", 0.0)
        with opened(tmp_path_factory.mktemp("store")) as world:
            for project in ("shop", "desk"):
                world.put(*(span for n in range(TRACES) for span in trace(project, n)))
            yield world


def trace(project: str, n: int) -> list[Given]:
    """A root, an early model call and a late one that says which version its prompt is of."""
    root = Given(
        trace_id=f"t{n}",
        span_id=f"root{n}",
        project=project,
        at=n,
        name="answer",
        fields={"user_id": user(project, n), "metadata": {"tier": project}},
    )
    early = Given(
        trace_id=f"t{n}", span_id=f"early{n}", parent=f"root{n}", project=project, at=n, kind="llm"
    )
    late = Given(
        trace_id=f"t{n}",
        span_id=f"late{n}",
        parent=f"root{n}",
        project=project,
        at=3600 + n,
        kind="llm",
        fields={"prompt_name": "greet", "prompt_version": f"v{n % 2}"} if n % 3 else {},
    )
    return [root, early, late]


def user(project: str, n: int) -> str:
    return f"{project}-{n % 3}"


def asked(world: World, question: dict[str, Any], since_h: int, until_h: int) -> dict[str, Any]:
    window = {
        "from": (START + timedelta(hours=since_h)).isoformat(),
        "to": (START + timedelta(hours=until_h)).isoformat(),
    }
    answer: dict[str, Any] = world.post(
        "/metrics/query", {"measures": ["count"], "interval": "1h"} | window | question
    )
    return answer


def counted(answer: dict[str, Any]) -> dict[Any, list[int]]:
    """The counts of each group, hour by hour."""
    return {
        next(iter(series["group"].values())): [point["count"] for point in series["points"]]
        for series in answer["series"]
    }


@pytest.mark.parametrize("project", ["shop", None])
def test_a_call_is_split_by_its_own_trace_though_that_began_before_and_has_a_namesake(
    project: str | None, world: World
) -> None:
    question = {"scope": "spans", "filter": 'kind = "llm"', "project": project}
    users = Counter(user(of, n) for of in ("shop", "desk") for n in range(TRACES))
    wanted = {name: [count] for name, count in users.items() if name.startswith(project or "")}

    by_user = asked(world, question | {"group_by": ["trace.user_id"]}, 1, 2)
    by_tier = asked(world, question | {"group_by": ["trace.metadata.tier"]}, 1, 2)

    assert counted(by_user) == wanted
    assert counted(by_tier) == {of: [TRACES] for of in ("shop", "desk") if project in (of, None)}


@pytest.mark.parametrize("project", ["shop", None])
def test_calls_are_filtered_by_their_own_trace_though_that_began_before(
    project: str | None, world: World
) -> None:
    condition = 'kind = "llm" and any(trace: user_id = "shop-1")'
    question = {"scope": "spans", "filter": condition, "project": project}

    late = asked(world, question, 1, 2)
    whole = asked(world, question | {"interval": None}, 0, 2)

    assert counted_alone(late) == [TRACES // 3]
    assert counted_alone(whole) == [2 * TRACES // 3]


def counted_alone(answer: dict[str, Any]) -> list[int]:
    [series] = answer["series"]
    return [point["count"] for point in series["points"]]


@pytest.mark.parametrize("project", ["shop", None])
@pytest.mark.parametrize("limit", [1, 3])
def test_traces_are_split_by_their_spans_however_few_groups_are_wanted(
    limit: int, project: str | None, world: World
) -> None:
    question = {"group_by": ["prompt.version"], "limit": limit, "other": True, "project": project}
    of = Counter(f"v{n % 2}" if n % 3 else None for n in range(TRACES))
    projects = 1 if project else 2

    answer = asked(world, question, 0, 1)

    assert answer["group_count"] == len(of)
    assert answer["truncated"] is (limit < len(of))
    shown = [series for series in answer["series"] if not series.get("other")]
    assert counted({"series": shown}) == {
        series["group"]["prompt.version"]: [projects * of[series["group"]["prompt.version"]]]
        for series in shown
    }
    counts = [point["count"] for series in answer["series"] for point in series["points"]]
    assert sum(counts) == projects * TRACES


def test_the_largest_users_of_calls_come_and_all_others_together(world: World) -> None:
    sizes = {"often": 5, "sometimes": 2, "once": 1}
    for name, size in sizes.items():
        of = {"trace_id": f"of-{name}"}
        world.put(
            Given(**of, span_id=name, at=9 * 3600, fields={"user_id": name}),
            *(
                Given(**of, span_id=f"{name}{n}", parent=name, at=10 * 3600, kind="llm")
                for n in range(size)
            ),
        )
    question = {"scope": "spans", "project": "shop", "limit": 1, "other": True}

    answer = asked(world, question | {"group_by": ["trace.user_id"]}, 10, 11)

    assert (answer["group_count"], answer["truncated"]) == (3, True)
    assert counted(answer) == {"often": [5], None: [3]}
