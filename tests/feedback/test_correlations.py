"""How users' feedback and evaluators' scores go together, against the same figures on paper."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from scipy import stats

from otlp import JSON, request, span, trace_id
from pilothouse.platform.feedback.correlating import correlate, is_binary
from servers import ServerProcess

PROJECT = "judged"


def test_kinds_follow_from_the_values() -> None:
    thumbs, stars, words = [0.0, 1, 1, 0, 1], [1.0, 4, 5, 2, 3], [9.0, 100, 120, 30, 31]
    assert (is_binary(thumbs), is_binary(stars)) == (True, False)

    assert correlate(stars, words, binary=(False, False)).kind == "spearman"
    ranks = correlate(stars, words, binary=(False, False))
    assert ranks.coefficient == pytest.approx(stats.spearmanr(stars, words).statistic)
    mixed = correlate(thumbs, words, binary=(True, False))
    assert mixed.kind == "point_biserial"
    assert mixed.coefficient == pytest.approx(stats.pointbiserialr(thumbs, words).statistic)


def test_phi_is_that_of_the_table() -> None:
    a = [1.0] * 30 + [0.0] * 30
    b = [1.0] * 24 + [0.0] * 6 + [1.0] * 9 + [0.0] * 21

    found = correlate(a, b, binary=(True, True))

    chi = stats.chi2_contingency([[24, 6], [9, 21]], correction=False).statistic
    assert found.coefficient == pytest.approx((chi / 60) ** 0.5)
    assert found.p == pytest.approx(stats.fisher_exact([[24, 6], [9, 21]]).pvalue)
    assert found.is_clear


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.85])
def test_the_interval_holds_the_truth_as_often_as_it_says(rho: float) -> None:
    chance = np.random.default_rng(7)
    truth = 6 / np.pi * np.arcsin(rho / 2)
    rounds, held = 400, 0
    for _ in range(rounds):
        a, b = chance.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 40).T
        found = correlate(list(a), list(b), binary=(False, False))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high

    assert 0.92 <= held / rounds <= 0.985


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ([1.0, 0, 1], [1.0, 0, 1], False),  # too few for an interval
        ([1.0] * 20, [1.0, 0] * 10, False),  # always the same
        ([1.0, 0, 1, 0], [1.0, 0, 1, 0], True),
    ],
)
def test_little_or_constant_data_is_not_called_clear(
    a: list[float], b: list[float], told: bool
) -> None:
    found = correlate(a, b, binary=(True, True))

    assert (found.coefficient is not None) == told
    assert not found.is_clear


def put(server: ServerProcess, scores: list[dict[str, Any]], at_s: float = 0) -> None:
    """A trace with these scores."""
    trace = trace_id()
    body = json.dumps(request(span(trace, at_s=at_s), project=PROJECT)).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200
    given = [{"trace_id": trace, "project": PROJECT, **one} for one in scores]
    assert server.call("POST", "/api/v1/scores", given)[0] == 200


def test_users_and_evaluators_come_first_and_what_cannot_be_told_is_named(
    server: ServerProcess,
) -> None:
    chance = random.Random(3)
    thumbs, judged, lengths = [], [], []
    for n in range(40):
        good = chance.random()
        thumbs.append(float(good + chance.gauss(0, 0.2) > 0.5))
        judged.append(round(good + chance.gauss(0, 0.1), 3))
        lengths.append(float(n))
        people = {"name": "thumb", "value": thumbs[-1], "source": "end_user", "identifier": "ada"}
        judge = {"name": "judge", "value": judged[-1], "source": "judge"}
        code = {"name": "length", "value": lengths[-1], "source": "code"}
        put(server, [people, judge, code, {"name": "mood", "label": "glad", "source": "human"}])
    put(server, [{"name": "thumb", "value": 1}, {"name": "judge", "value": 0}], at_s=-90_000)
    broken = {"name": "judge", "value": 0.5, "status": "error", "error": "no answer"}
    put(server, [{"name": "thumb", "value": 1}, broken])

    path = f"/api/v1/scores/correlations?project={PROJECT}"
    whole = server.get(path)
    answer = server.get(f"{path}&filter={RECENT}")

    assert whole["items"][0]["n"] == 41
    first, second, last = answer["items"]
    assert (first["first"]["name"], first["second"]["name"]) == ("thumb", "judge")
    expected = stats.pointbiserialr(thumbs, judged)
    assert (first["kind"], first["n"], first["is_clear"]) == ("point_biserial", 40, True)
    assert first["coefficient"] == pytest.approx(expected.statistic)
    assert first["low"] < first["coefficient"] < first["high"]
    assert (second["first"]["name"], second["second"]["name"]) == ("thumb", "length")
    assert last["kind"] == "spearman"
    assert last["coefficient"] == pytest.approx(stats.spearmanr(judged, lengths).statistic)
    assert answer["left_out"] == [{"name": "mood", "why": "labels"}]
    assert (answer["traces"], answer["truncated"]) == (40, False)


RECENT = "start_time%20%3E%20now%20-%201h"


def test_a_project_without_scores_has_no_pairs(server: ServerProcess) -> None:
    body = json.dumps(request(span(trace_id()), project="unjudged")).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200

    answer = server.get("/api/v1/scores/correlations?project=unjudged")

    assert (answer["items"], answer["left_out"], answer["traces"]) == ([], [], 0)
    for wrong in ("project=nobody", "project=unjudged&filter=durations%20%3E%202"):
        assert server.call("GET", f"/api/v1/scores/correlations?{wrong}")[0] in {400, 404}
