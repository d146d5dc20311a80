"""Experiments through the REST API of a server process: runs, statistics, comparison."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from otlp import attributes, request, span, trace_id
from pilothouse.evaluation.comparison import Scores, compare
from servers import ServerProcess

pytestmark = pytest.mark.slow


def made(server: ServerProcess, path: str, body: Any, method: str = "POST") -> Any:
    """The answer to a write that must succeed."""
    status, answer = server.call(method, f"/api/v1{path}", body)
    assert status in (200, 201), answer
    return answer


class Lab:
    """A dataset of four examples, and experiments over it."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.dataset = made(server, "/datasets", {"name": f"set {uuid4()}"})["id"]
        new = [{"inputs": {"n": n}, "splits": ["odd" if n % 2 else "even"]} for n in range(4)]
        self.written = made(server, f"/datasets/{self.dataset}/examples", new)
        self.examples: list[str] = self.written["example_ids"]
        self.version: str = self.written["version"]["version"]

    def experiment(self, **more: Any) -> dict[str, Any]:
        """A new experiment."""
        body = {"name": f"exp {uuid4()}", "dataset_id": self.dataset, **more}
        found: dict[str, Any] = made(self.server, "/experiments", body)
        return found

    def run(
        self,
        experiment: dict[str, Any],
        example: int,
        *,
        seconds: float = 1,
        error: bool = False,
        scores: dict[str, float] | None = None,
        **more: Any,
    ) -> str:
        """The trace of a run over an example, with a child span and scores."""
        trace = trace_id()
        values = {
            "pilothouse.project": experiment["name"],
            "pilothouse.experiment_id": experiment["id"],
            "pilothouse.example_id": self.examples[example],
            "input.value": f'{{"n": {example}}}',
            "output.value": "x" * 300,
            **more,
        }
        root = span(trace, attributes=attributes(values))
        root["endTimeUnixNano"] = str(int(root["startTimeUnixNano"]) + int(seconds * 1e9))
        if error:
            root["status"] = {"code": 2, "message": "broke"}
        usage = {
            "pilothouse.project": experiment["name"],
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 5,
        }
        child = span(trace, parent=root["spanId"], attributes=attributes(usage))
        child["endTimeUnixNano"] = child["startTimeUnixNano"]
        status, _ = self.server.call("POST", "/v1/traces", request(root, child))
        assert status == 200
        given = [
            {"project": experiment["name"], "trace_id": trace, "name": name, "value": value}
            for name, value in (scores or {}).items()
        ]
        if given:
            made(self.server, "/scores", given)
        return trace

    def get(self, path: str) -> Any:
        return self.server.get(f"/api/v1{path}")


@pytest.fixture(scope="module")
def lab(server: ServerProcess) -> Lab:
    return Lab(server)


def test_an_experiment_is_made_once_found_changed_and_ended(lab: Lab) -> None:
    body = {
        "id": str(uuid4()),
        "name": f"base {uuid4()}",
        "dataset_id": lab.dataset,
        "dataset_version": lab.version,
        "metadata": {"model": "m-1"},
        "num_examples": 4,
        "num_repetitions": 2,
        "evaluator_keys": ["correct"],
    }

    first = made(lab.server, "/experiments", body)
    again = made(lab.server, "/experiments", body)
    change = {"metadata": {"model": "m-2"}, "ended_at": "2026-11-21T12:00:00Z"}
    made(lab.server, f"/experiments/{first['id']}", change, "PATCH")

    assert first == again
    assert {key: first[key] for key in body} == body
    found = lab.get(f"/experiments/{first['id']}")
    assert (found["metadata"], found["ended_at"]) == ({"model": "m-2"}, "2026-11-21T12:00:00Z")
    assert found["stats"]["run_count"] == 0
    listed = lab.get(f"/experiments?dataset={lab.dataset}&q={quote(body['name'])}")["items"]
    assert [each["id"] for each in listed] == [first["id"]]
    status, _ = lab.server.call("POST", "/api/v1/experiments", body | {"id": str(uuid4())})
    assert status == 409
    status, _ = lab.server.call(
        "POST", "/api/v1/experiments", {"name": f"x {uuid4()}", "dataset_id": str(uuid4())}
    )
    assert status == 404
    assert lab.get(f"/datasets/{lab.dataset}")["experiment_count"] >= 1
    projects = [each["name"] for each in lab.get("/projects")["items"]]
    assert body["name"] not in projects


def test_what_was_measured_is_told_for_many_at_once(lab: Lab) -> None:
    quick, slow = lab.experiment(), lab.experiment()
    for n in range(4):
        lab.run(quick, n, seconds=1, scores={"correct": n % 2})
        lab.run(slow, n, seconds=3, error=n == 0)

    found = lab.get(f"/experiments?id={quick['id']}&id={slow['id']}")["items"]

    by_id = {each["id"]: each["stats"] for each in found}
    first, second = by_id[quick["id"]], by_id[slow["id"]]
    assert (first["run_count"], first["example_count"], first["error_rate"]) == (4, 4, 0)
    assert (first["latency_p50_ms"], second["latency_p99_ms"]) == (1000, 3000)
    assert first["usage"] == {"input_tokens": 40, "output_tokens": 20, "total_tokens": 60}
    assert second["error_rate"] == 0.25
    [correct] = first["scores"]
    assert (correct["name"], correct["n"], correct["mean"]) == ("correct", 4, 0.5)
    assert sum(each["count"] for each in correct["distribution"]) == 4
    assert second["scores"] == []


def test_rows_hold_every_repetition_with_its_scores(lab: Lab) -> None:
    experiment = lab.experiment(dataset_version=lab.version)
    lab.run(experiment, 0, scores={"correct": 1}, **{"pilothouse.repetition": 2})
    lab.run(experiment, 0, scores={"correct": 0}, **{"pilothouse.repetition": 1})
    lab.run(experiment, 3)
    path = f"/experiments/{experiment['id']}/rows"

    page = lab.get(f"{path}?limit=3")
    rest = lab.get(f"{path}?limit=3&cursor={page['next_cursor']}&preview=true")

    rows = page["items"] + rest["items"]
    assert [row["example"]["inputs"]["n"] for row in rows] == [0, 1, 2, 3]
    runs = [row["runs"][experiment["id"]] for row in rows]
    assert [len(each) for each in runs] == [2, 0, 0, 1]
    assert [(r["repetition"], r["scores"][0]["value"]) for r in runs[0]] == [(1, 0), (2, 1)]
    assert (len(runs[0][0]["output"]), len(runs[3][0]["output"])) == (300, 256)
    assert runs[0][0]["usage"]["total_tokens"] == 15
    odd = lab.get(f"{path}?split=odd")["items"]
    assert [row["example"]["inputs"]["n"] for row in odd] == [1, 3]


def test_experiments_are_compared_with_a_baseline_and_rows_are_filtered_by_it(lab: Lab) -> None:
    before, after, third = lab.experiment(), lab.experiment(), lab.experiment()
    for n, (old, new) in enumerate([(0, 1), (1, 0), (1, 1), (0, 0.5)]):
        lab.run(before, n, seconds=2, scores={"correct": old})
        lab.run(after, n, seconds=1, scores={"correct": new, "only here": 1})
    lab.run(third, 1, scores={"correct": 1})
    ids = "&".join(f"experiment={each['id']}" for each in (before, after, third))

    compared = lab.get(f"/experiments/compare?{ids}")
    query = f"{ids}&metric=correct&change=better&against={after['id']}"
    better = lab.get(f"/experiments/compare/rows?{query}&limit=1")
    next_page = lab.get(f"/experiments/compare/rows?{query}&cursor={better['next_cursor']}")
    reverse = lab.get(f"/experiments/compare?{ids}&baseline={after['id']}")

    metrics = {each["name"]: each for each in compared["metrics"]}
    assert list(metrics) == ["correct", "only here", "duration_ms", "total_tokens"]
    second, alone = metrics["correct"]["sides"]
    assert (second["better"], second["worse"], second["same"], second["n"]) == (2, 1, 1, 4)
    assert (second["mean"], second["baseline_mean"]) == (0.625, 0.5)
    assert (alone["n"], alone["same"]) == (1, 1)
    assert metrics["only here"]["sides"][0]["n"] == 0
    assert metrics["duration_ms"]["lower_is_better"] is True
    assert metrics["duration_ms"]["sides"][0]["better"] == 4
    assert metrics["total_tokens"]["sides"][0]["same"] == 4
    assert compared["baseline_id"] == before["id"]
    assert compared["experiments"][0]["stats"]["run_count"] == 4
    rows = better["items"] + next_page["items"]
    assert [row["example"]["inputs"]["n"] for row in rows] == [0, 3]
    assert rows[1]["differences"][after["id"]]["correct"] == 0.5
    assert next_page["next_cursor"] is None
    turned = {each["name"]: each for each in reverse["metrics"]}["correct"]["sides"][0]
    assert (turned["experiment_id"], turned["better"], turned["worse"]) == (before["id"], 1, 2)


def test_statistics_are_those_of_the_library_and_count_what_is_missing(lab: Lab) -> None:
    before, after = lab.experiment(), lab.experiment()
    old, new = [0.2, 0.4, 0.1, 0.3], [0.9, 0.8, 0.7, 0.2]
    for n in range(4):
        lab.run(before, n, seconds=2, scores={"correct": old[n]})
    for n in range(3):  # what ran twice counts by its mean
        lab.run(after, n, seconds=1, scores={"correct": new[n] - 0.1})
        lab.run(after, n, seconds=1, scores={"correct": new[n] + 0.1})
    lost = lab.run(after, 3, seconds=9, error=True)
    error = {"project": after["name"], "trace_id": lost, "name": "correct"}
    made(lab.server, "/scores", [error | {"status": "error", "error": "no verdict"}])
    ids = f"experiment={after['id']}&baseline={before['id']}"

    found = lab.get(f"/experiments/compare/statistics?{ids}")
    alone = lab.get(f"/experiments/compare/statistics?{ids}&metric=duration_ms")

    def scores(values: list[float], failed: int = 0) -> Scores:
        each = {str(n): [value] for n, value in enumerate(values)}
        return Scores(metric="correct", values=each, failed=failed)

    [expected] = compare([scores(old)], [scores(new[:3], failed=1)]).metrics
    correct, duration, tokens = found["metrics"]
    assert (found["n"], found["only_baseline"], found["failed_candidate"]) == (4, 0, 1)
    assert (correct["n"], correct["improved"], correct["failed_candidate"]) == (3, 3, 1)
    assert correct["difference"] == pytest.approx(expected.difference.mean)
    assert correct["low"] == pytest.approx(expected.difference.interval.low)
    assert correct["p"] == pytest.approx(expected.difference.test.p)
    assert correct["p_adjusted"] == pytest.approx(min(1, 3 * correct["p"]))
    assert correct["detectable"] == pytest.approx(expected.detectable)
    assert found["sentence"] == correct["sentence"]
    assert "cannot be told" in found["sentence"]
    assert (duration["lower_is_better"], duration["candidate_mean"]) == (True, 1000)
    assert (duration["verdict"], duration["improved"], duration["n"]) == ("undecided", 3, 3)
    assert (tokens["name"], tokens["verdict"]) == ("total_tokens", "undecided")
    assert alone["metrics"] == [duration]


def test_scores_in_words_are_compared_by_how_often_each_was_said(lab: Lab) -> None:
    before, after = lab.experiment(), lab.experiment()
    tones = ["rude", "rude", "calm", "rude"]
    for n in range(4):
        told = [(before, lab.run(before, n), tones[n])]
        told += [(after, lab.run(after, n), label) for label in ("calm", "rude")]
        for experiment, trace, tone in told:
            of = {"project": experiment["name"], "trace_id": trace}
            words = {"tone": tone, "summary": f"about {trace}"}
            made(lab.server, "/scores", [of | {"name": k, "label": v} for k, v in words.items()])
    ids = f"experiment={after['id']}&baseline={before['id']}"

    found = lab.get(f"/experiments/compare/statistics?{ids}")

    shares = {each["name"]: each for each in found["metrics"] if each["kind"] == "score"}
    assert list(shares) == ["tone = calm", "tone = rude"], "what is said once each is a text"
    calm = shares["tone = calm"]
    assert (calm["baseline_mean"], calm["candidate_mean"], calm["n"]) == (0.25, 0.5, 4)
    assert (calm["improved"], calm["regressed"]) == (3, 1)
    assert shares["tone = rude"]["difference"] == -calm["difference"]


def test_every_pair_of_experiments_is_matched_by_example(lab: Lab) -> None:
    values = {"good": [1, 1, 1, 0], "fair": [1, 1, 0, 0], "poor": [0, 0, 0, 0]}
    made_of = {name: lab.experiment() for name in values}
    for name, each in values.items():
        for n, value in enumerate(each):
            lab.run(made_of[name], n, scores={"correct": value})
    ids = "&".join(f"experiment={each['id']}" for each in made_of.values())

    found = lab.get(f"/experiments/compare/matrix?{ids}&metric=correct")

    counts = [
        [cell and (cell["wins"], cell["losses"], cell["ties"]) for cell in row]
        for row in found["cells"]
    ]
    assert counts == [
        [None, (1, 0, 3), (3, 0, 1)],
        [(0, 1, 3), None, (2, 0, 2)],
        [(0, 3, 1), (0, 2, 2), None],
    ]
    best = found["cells"][0][2]
    assert (best["win_rate"], best["win_rate_half_ties"]) == (1, 0.875)
    assert (best["p"], best["p_adjusted"]) == (0.25, 0.75)
    ranked = [each["experiment_id"] for each in found["ranking"]]
    assert ranked == [made_of[name]["id"] for name in ("good", "fair", "poor")]
    assert found["guessed"] is False


def test_people_who_check_a_judge_do_not_change_what_it_found(lab: Lab) -> None:
    experiment = lab.experiment()
    traces = [lab.run(experiment, n) for n in range(3)]
    about = {"project": experiment["name"], "name": "polite"}
    judged = [about | {"trace_id": each, "value": 1, "source": "judge"} for each in traces]
    by_hand = about | {"trace_id": traces[0], "value": 0, "source": "human", "identifier": "ann"}
    alone = by_hand | {"name": "kind"}
    made(lab.server, "/scores", [*judged, by_hand, alone])

    found = lab.get(f"/experiments/{experiment['id']}")

    assert {one["name"]: (one["n"], one["mean"]) for one in found["stats"]["scores"]} == {
        "polite": (3, 1),
        "kind": (1, 0),
    }


def test_a_judge_is_held_against_people_with_the_runs_to_read(lab: Lab) -> None:
    experiment = lab.experiment()
    said = [(1, 1), (1, 0), (0, 0), (1, 1)]
    runs = [
        lab.run(experiment, n, scores={"judged": judge, "by hand": human})
        for n, (judge, human) in enumerate(said)
    ]
    lab.run(experiment, 0, scores={"by hand": 1})
    note = {"trace_id": runs[1], "name": "by hand", "value": 0, "comment": "wrong year"}
    made(lab.server, "/scores", [note | {"project": experiment["name"]}])
    path = f"/experiments/{experiment['id']}/calibration"

    found = lab.get(f"{path}?judge=judged&human=by%20hand")
    nothing = lab.get(f"{path}?judge=nobody&human=by%20hand")
    earlier = lab.experiment()
    for n, same in enumerate((1, 0, 1)):
        lab.run(earlier, n, scores={"judged": same, "by hand": same})
    since = lab.get(f"{path}?judge=judged&human=by%20hand&before={earlier['id']}")

    assert (found["n"], found["unjudged"], found["positive"]) == (4, 1, "1")
    assert found["accuracy"]["value"] == 0.75
    assert (found["precision"]["value"], found["recall"]["value"]) == (pytest.approx(2 / 3), 1)
    assert found["kappa"]["value"] == pytest.approx(0.5)
    assert found["matrix"] == {"labels": ["0", "1"], "counts": [[1, 1], [0, 2]]}
    [other] = found["disagreements"]
    assert (other["trace_id"], other["example_id"]) == (runs[1], lab.examples[1])
    assert (other["judge"], other["human"], other["comment"]) == ("1", "0", "wrong year")
    assert (nothing["n"], nothing["kappa"], nothing["unjudged"]) == (0, None, 5)
    assert found["drift"] is None
    drift = since["drift"]
    assert (drift["before"]["value"], drift["after"]["value"]) == (1, 0.75)
    assert drift["fell"] is False, "three runs against four tell nothing"
    assert drift["sentence"].startswith("Whether the agreement of judged with people changed")


def test_rows_are_filtered_by_what_their_runs_are(lab: Lab) -> None:
    experiment = lab.experiment()
    lab.run(experiment, 1, error=True)
    lab.run(experiment, 2)

    wanted = quote('status = "error"')
    failed = lab.get(f"/experiments/{experiment['id']}/rows?filter={wanted}")["items"]

    assert [row["example"]["inputs"]["n"] for row in failed] == [1]
    assert failed[0]["runs"][experiment["id"]][0]["status_message"] == "broke"


def test_preferences_are_counted_apart_from_scores(lab: Lab) -> None:
    one, two = lab.experiment(), lab.experiment()
    for n in range(2):
        lab.run(one, n)
        lab.run(two, n)
    body = {"id": str(uuid4()), "name": "a or b", "experiment_ids": [one["id"], two["id"]]}
    comparative = made(lab.server, "/comparative-experiments", body)
    again = made(lab.server, "/comparative-experiments", body)
    given = [
        {"name": "preferred", "example_id": lab.examples[n], "scores": {one["id"]: 1, two["id"]: 0}}
        for n in range(2)
    ]
    path = f"/comparative-experiments/{comparative['id']}"

    made(lab.server, f"{path}/preferences", given)
    answer = made(lab.server, f"{path}/preferences", given)

    assert again == comparative
    preferred = {name: each[0] for name, each in answer["preferences"].items()}
    assert (preferred[one["id"]]["n"], preferred[one["id"]]["mean"]) == (2, 1)
    assert (preferred[two["id"]]["n"], preferred[two["id"]]["mean"]) == (2, 0)
    assert lab.get(f"/experiments/{one['id']}")["stats"]["scores"] == []
    listed = lab.get(f"/comparative-experiments?dataset={lab.dataset}")["items"]
    assert [each["id"] for each in listed] == [comparative["id"]]
    unknown = [{"name": "p", "example_id": lab.examples[3], "scores": {one["id"]: 1}}]
    status, error = lab.server.call("POST", f"/api/v1{path}/preferences", unknown)
    assert (status, "has no run of" in error["error"]["message"]) == (400, True)
    assert lab.server.call("DELETE", f"/api/v1{path}")[0] == 204


def test_bad_questions_are_told(lab: Lab) -> None:
    here = lab.experiment()
    other = Lab(lab.server).experiment()
    ids = f"experiment={here['id']}&experiment={other['id']}"
    asked = {
        f"/experiments/compare?{ids}": 400,
        f"/experiments/compare?experiment={uuid4()}": 404,
        f"/experiments/compare?experiment={here['id']}&baseline={other['id']}": 400,
        "/experiments/compare": 400,
        f"/experiments/compare/statistics?experiment={here['id']}": 400,
        f"/experiments/compare/matrix?experiment={here['id']}": 400,
        f"/experiments/{uuid4()}/calibration?judge=a&human=b": 404,
        f"/experiments/compare/rows?experiment={here['id']}&metric=correct": 400,
        f"/experiments/{here['id']}/rows?cursor=x": 400,
        f"/experiments/{here['id']}/rows?filter=nonsense": 400,
        "/experiments/no-uuid": 400,
        f"/experiments/{uuid4()}": 404,
    }

    answers = {path: lab.server.call("GET", f"/api/v1{path}")[0] for path in asked}

    assert answers == asked


def test_what_cannot_be_kept_is_refused_and_hides_no_experiment(lab: Lab) -> None:
    body = {"name": f"exp {uuid4()}", "dataset_id": lab.dataset}
    early = "0001-01-01T00:00:00+14:00"
    wrong = [
        {"num_examples": 2**70},
        {"dataset_version": early},
        {"metadata": {"dataset_version": early}},
    ]

    answers = [lab.server.call("POST", "/api/v1/experiments", body | one)[0] for one in wrong]

    assert answers == [400, 400, 400]
    assert made(lab.server, "/experiments", body)["name"] == body["name"]
    assert lab.server.get(f"/api/v1/experiments?dataset_id={lab.dataset}")["items"]


def test_a_deleted_dataset_takes_its_experiments_along(server: ServerProcess) -> None:
    lab = Lab(server)
    experiment = lab.experiment()
    lab.run(experiment, 0)

    status, _ = server.call("DELETE", f"/api/v1/datasets/{lab.dataset}")
    late = lab.run(experiment, 1)

    assert status == 204
    assert server.call("GET", f"/api/v1/experiments/{experiment['id']}")[0] == 404
    assert lab.get(f"/traces/{late}")["trace"]["project"] == experiment["name"]
