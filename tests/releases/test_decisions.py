"""The rule, on crowds that are simulated with seeds: how often it errs, how soon it sees harm."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from pilothouse.evaluation.statistics.sequential import always_valid, failing, ratio_mismatch
from pilothouse.evaluation.statistics.strata import cell_of, pooled
from pilothouse.gateway.trials import Arm, Trial, assigned
from pilothouse.platform.releases.evidence import Evidence, evidence_of
from pilothouse.platform.releases.judging import decided, judged
from release_crowds import EPOCH, Crowd, Effect, release, run

HALF: dict[str, Any] = {"ramp": [0.5]}
BETTER = [{"metric": "scores.helpful", "goal": "better"}, {"metric": "errors", "margin": 0.1}]


def ends(runs: int, *, looks: int, calls: int, effect: Effect | None = None, **config: Any) -> Any:
    """How many of so many seeded releases came to which end."""
    found: Counter[str] = Counter()
    for seed in range(runs):
        _, decisions = run(
            release(**config), Crowd(seed, users=300, effect=effect), looks=looks, calls=calls
        )
        last = decisions[-1].action if decisions else "none"
        found["none" if last == "advanced" else last] += 1
    return found


def test_what_is_not_better_is_promoted_for_being_better_in_at_most_alpha_of_all() -> None:
    found = ends(60, looks=25, calls=150, criteria=BETTER, **HALF)

    assert found["promoted"] <= 3 + 3  # 5 % of 60, and what chance adds to it in 1 of 50 times
    assert found["rolled_back"] <= 6
    assert found["paused"] == 0, "the arms' sizes were as they should be, at every look"


def test_what_is_worse_by_the_margin_is_promoted_in_at_most_alpha_of_all() -> None:
    found = ends(
        60,
        looks=25,
        calls=150,
        effect=Effect(latency=1.15),
        criteria=[{"metric": "latency", "margin": 0.15}],
        **HALF,
    )

    assert found["promoted"] <= 6


def test_what_does_not_differ_is_promoted_for_being_no_worse() -> None:
    found = ends(10, looks=25, calls=600, criteria=[{"metric": "latency"}], **HALF)

    assert found["promoted"] >= 8


@pytest.mark.parametrize(
    ("effect", "metric"),
    [
        (Effect(errors=0.4), "calls of challenger failed"),
        (Effect(latency=1.8), "latency"),
        (Effect(cost=2.0), "cost"),
    ],
    ids=["errors", "latency", "cost"],
)
def test_a_harmful_challenger_is_rolled_back_before_it_gets_everything(
    effect: Effect, metric: str
) -> None:
    for seed in range(8):
        _, decisions = run(release(), Crowd(seed, effect=effect), looks=30, calls=400)

        assert decisions[-1].action == "rolled_back"
        assert metric in decisions[-1].reason


def test_a_challenger_that_always_fails_is_seen_within_a_few_calls() -> None:
    _, decisions = run(
        release(guard={"calls": 5}), Crowd(1, effect=Effect(errors=0.98)), looks=40, calls=10
    )

    assert decisions[0].action == "rolled_back"
    assert (
        "6 of 6" in decisions[0].reason
        or "5 of 5" in decisions[0].reason
        or (int(decisions[0].reason.split()[0]) <= 12)
    )


def test_a_trend_over_time_is_no_difference_between_arms() -> None:
    """In the second step everything is slower, and the challenger has more of it."""
    crowd, made = Crowd(3, users=400), release()

    def of(share: float) -> Any:
        trial = Trial(
            name="r",
            salt="salt",
            arms=(Arm(name="champion", weight=1 - share), Arm(name="challenger", weight=share)),
        )

        def arm_of(user: str) -> str | None:
            found = assigned(trial, user)
            return None if found is None else found.name

        return arm_of

    crowd.call(2000, of(0.1), 0)
    crowd.slow = crowd.slow + 1.0
    crowd.call(2000, of(0.6), 1)

    [latency] = [
        each for each in judged(made, crowd.evidence).differences if each.metric == "latency"
    ]
    assert latency.low < 0 < latency.high
    assert abs(latency.estimate) < 0.1


def test_arms_that_lose_units_are_paused_and_not_promoted() -> None:
    crowd = Crowd(5, users=1000)
    made = release(criteria=[{"metric": "latency", "margin": 5}], **HALF)
    lost = {f"user-5-{n}" for n in range(300)}

    def arm_of(user: str) -> str | None:
        trial = Trial(name="r", salt="salt", arms=(Arm(name="champion"), Arm(name="challenger")))
        found = assigned(trial, user)
        return (
            None if found is None or (found.name == "challenger" and user in lost) else found.name
        )

    crowd.call(6000, arm_of, 0)
    decision = decided(
        made, crowd.evidence, judged(made, crowd.evidence), EPOCH + timedelta(hours=1)
    )

    assert decision is not None
    assert decision.action == "paused"
    assert "no figure can be trusted" in decision.reason


def test_one_users_trouble_is_no_trouble_of_the_arm() -> None:
    row = {"arm": "challenger", "step": "0", "unit": "u1", "calls": 20, "errors": 20}
    champion = {**row, "arm": "champion", "unit": "u2", "errors": 0}
    zeros = dict.fromkeys(
        ("timed", "log_us", "priced", "cost", "counted", "tokens", "primary_timed",
         "primary_log_us", "primary_priced", "primary_cost"), 0
    )  # fmt: skip
    rows = [{**each, **zeros, "durations": [], "first_tokens": []} for each in (row, champion)]
    evidence: Evidence = evidence_of(rows, [])

    assert judged(release(), evidence).failing["challenger"] == 1.0


def test_weights_move_as_few_units_as_they_can_and_do_not_depend_on_the_process() -> None:
    def trial(*weights: float) -> Trial:
        arms = tuple(Arm(name=f"arm{n}", weight=w) for n, w in enumerate(weights))
        return Trial(name="t", arms=arms, salt="pepper")

    def names(wanted: Trial) -> dict[str, str]:
        found = {f"user-{n}": assigned(wanted, f"user-{n}") for n in range(4000)}
        return {user: arm.name for user, arm in found.items() if arm is not None}

    before, after = names(trial(1, 1, 2)), names(trial(1, 1, 4))

    sizes = Counter(before.values())
    assert len(before) == 4000
    assert 900 < sizes["arm0"] < 1100
    assert 1850 < sizes["arm2"] < 2150
    moved = {user for user in before if before[user] != after[user]}
    assert {after[user] for user in moved} == {"arm2"}
    assert len(moved) < 0.25 * len(before)
    found = assigned(trial(1, 1, 2), "ann@example.org")
    assert found is not None
    assert found.name == "arm2"  # as every other process finds


def test_figures_of_sequences_are_what_their_formulas_say() -> None:
    told = always_valid(0.0, 0.01**2, margin=0.1)
    assert told.low == -told.high
    assert 0.028 < told.high < 0.045  # a fixed sample would say 0.0196
    assert told.p == 1.0
    assert always_valid(0.2, 0.01**2, margin=0.1).p < 1e-50
    assert failing(0, 100, 0.1) == 1.0
    assert failing(5, 5, 0.1) < 0.001
    assert failing(10, 100, 0.1) > 0.2
    assert ratio_mismatch([500, 500], [1, 1]) == 1.0
    assert ratio_mismatch([600, 400], [1, 1]) < 1e-6
    assert ratio_mismatch([545, 455], [1, 1]) > 0.01


def test_scores_that_all_agree_are_no_certainty_whatever_their_scale() -> None:
    def cell(arm: str, score: float) -> Any:
        return cell_of((f"{arm}{unit}", 1.0, score) for unit in range(20))

    for low, high in ((0.0, 1.0), (4.0, 5.0)):
        found = pooled([(cell("a", low), cell("b", high))], share=True)

        assert found is not None
        assert found.estimate == 1
        assert found.variance > 0
