"""Feedback, links to give it by and settings of its keys, through LangSmith's own client."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from langsmith.utils import (
    LangSmithConflictError,
    LangSmithError,
    LangSmithNotFoundError,
)

from langsmith import Client
from otlp import request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning")
"""The client warns of calls that its makers will remove; they are what most programs use."""


def run_in(client: Client, project: str, run_id: uuid.UUID | None = None) -> uuid.UUID:
    """A finished run that is stored."""
    run_id = run_id or uuid.uuid4()
    now = datetime.datetime.now(datetime.UTC)
    client.create_run(
        "work",
        {"question": "?"},
        "chain",
        id=run_id,
        project_name=project,
        outputs={"answer": "!"},
        start_time=now,
        end_time=now,
    )
    client.flush()
    return run_id


def of_run(client: Client, run_id: uuid.UUID, **more: Any) -> list[Any]:
    return list(client.list_feedback(run_ids=[run_id], **more))


def test_feedback_keeps_score_value_comment_correction_and_source(
    client: Client, project: str
) -> None:
    run_id = run_in(client, project)
    judge = uuid.uuid4()
    client.create_feedback(
        run_id,
        "quality",
        score=0.25,
        value="fair",
        comment="so so",
        correction={"answer": "?"},
        source_info={"who": "me"},
        feedback_source_type="model",
        source_run_id=judge,
        extra={"n": 1},
    )
    [one] = of_run(client, run_id)
    assert (one.key, one.score, one.value, one.comment) == ("quality", 0.25, "fair", "so so")
    assert one.correction == {"answer": "?"}
    assert one.run_id == run_id
    assert one.feedback_source.type == "model"
    assert one.feedback_source.metadata["who"] == "me"
    assert one.feedback_source.metadata["__run"]["run_id"] == str(judge)
    assert client.read_feedback(one.id).score == 0.25
    assert client.read_run(run_id).feedback_stats["quality"]["avg"] == 0.25


def test_feedback_may_come_before_its_run(client: Client, project: str) -> None:
    run_id = uuid.uuid4()
    given = client.create_feedback(run_id, "early", score=1)
    assert [one.id for one in of_run(client, run_id)] == [given.id]
    run_in(client, project, run_id)
    [one] = of_run(client, run_id)
    assert (one.id, one.score) == (given.id, 1)
    assert client.read_run(run_id).feedback_stats["early"]["n"] == 1


def test_feedback_that_rides_with_runs_arrives(client: Client, project: str) -> None:
    run_id = uuid.uuid4()
    client.create_feedback(run_id, "riding", score=0.5, trace_id=run_id)
    run_in(client, project, run_id)
    [one] = of_run(client, run_id)
    assert (one.key, one.score, one.trace_id) == ("riding", 0.5, run_id)


def test_the_same_feedback_again_replaces_the_first(client: Client, project: str) -> None:
    run_id, feedback_id = run_in(client, project), uuid.uuid4()
    client.create_feedback(run_id, "again", score=0.1, feedback_id=feedback_id)
    client.create_feedback(run_id, "again", score=0.9, feedback_id=feedback_id)
    [one] = of_run(client, run_id)
    assert (one.id, one.score) == (feedback_id, 0.9)


def test_feedback_is_changed_and_taken_back(client: Client, project: str) -> None:
    run_id = run_in(client, project)
    given = client.create_feedback(run_id, "k", score=0.1, comment="first")
    client.update_feedback(given.id, score=0.7, correction={"a": 1})
    one = client.read_feedback(given.id)
    assert (one.score, one.comment, one.correction) == (0.7, "first", {"a": 1})
    client.delete_feedback(given.id)
    assert of_run(client, run_id) == []
    with pytest.raises(LangSmithNotFoundError):
        client.read_feedback(given.id)


def test_lists_are_narrowed_by_key_and_source(client: Client, project: str) -> None:
    from langsmith.schemas import FeedbackSourceType

    run_id = run_in(client, project)
    client.create_feedback(run_id, "a", score=1, feedback_source_type="api")
    client.create_feedback(run_id, "b", score=0, feedback_source_type="model")
    assert [one.key for one in of_run(client, run_id, feedback_key=["a"])] == ["a"]
    by_model = of_run(client, run_id, feedback_source_type=[FeedbackSourceType.MODEL])
    assert [one.key for one in by_model] == ["b"]
    assert len(of_run(client, run_id, limit=1)) == 1


def test_a_whole_project_gets_feedback(client: Client, project: str) -> None:
    run_in(client, project)
    session = client.read_project(project_name=project).id
    client.create_feedback(None, "overall", score=0.8, project_id=session)
    found = list(client.list_feedback(session=[str(session)]))
    assert [(one.key, one.run_id, one.session_id) for one in found] == [("overall", None, session)]


def test_runs_of_other_protocols_get_feedback_by_the_id_that_they_have_here(
    client: Client, server: ServerProcess, project: str
) -> None:
    server.call("POST", "/v1/traces", request(span(trace_id()), project=project))
    [run] = client.list_runs(project_name=project)
    client.create_feedback(run.id, "seen", score=1)
    client.create_feedback(run.id, "traced", score=0, trace_id=run.trace_id)
    client.flush()
    assert {one.key for one in of_run(client, run.id)} == {"seen", "traced"}
    assert {one.run_id for one in of_run(client, run.id)} == {run.id}
    assert set(client.read_run(run.id).feedback_stats) == {"seen", "traced"}


def test_a_categorical_key_is_learned_from_its_first_feedback(client: Client, project: str) -> None:
    run_id, key = run_in(client, project), f"mood-{uuid.uuid4().hex[:6]}"
    categories = [{"value": 0, "label": "bad"}, {"value": 1, "label": "good"}]
    config: Any = {"type": "categorical", "categories": categories}
    client.create_feedback(run_id, key, score=1, value="good", feedback_config=config)
    [learned] = client.list_feedback_configs(feedback_key=[key])
    assert learned.feedback_config["categories"] == categories


def test_settings_of_keys_are_made_once_changed_and_deleted(client: Client, project: str) -> None:
    key = f"strict-{uuid.uuid4().hex[:6]}"
    config: Any = {"type": "continuous", "min": 0, "max": 1}
    made = client.create_feedback_config(key, feedback_config=config, is_lower_score_better=True)
    again = client.create_feedback_config(key, feedback_config=config, is_lower_score_better=True)
    assert (made.feedback_key, made.modified_at) == (key, again.modified_at)
    assert made.is_lower_score_better
    unsaid = client.create_feedback_config(key, feedback_config=config)
    assert (unsaid.is_lower_score_better, unsaid.id) == (True, made.id)
    with pytest.raises(LangSmithConflictError):
        client.create_feedback_config(key, feedback_config={"type": "freeform"})
    changed = client.update_feedback_config(key, is_lower_score_better=False)
    assert not changed.is_lower_score_better
    assert key in [one.feedback_key for one in client.list_feedback_configs(name_contains="strict")]
    assert list(client.list_feedback_configs(feedback_key=[key], is_enforced=True)) == []
    with pytest.raises(LangSmithNotFoundError):
        client.update_feedback_config(key, is_lower_score_better=True, config_id=uuid.uuid4())
    client.delete_feedback_config(config_id=made.id)
    assert list(client.list_feedback_configs(feedback_key=[key])) == []


def test_categories_of_a_key_come_and_go(client: Client) -> None:
    key = f"topic {uuid.uuid4().hex[:6]}"
    first: Any = [{"value": 0.0, "label": "rude"}, {"value": 1.0, "label": "kind"}]
    client.create_feedback_config(
        key, feedback_config={"type": "categorical", "categories": first, "min": None}
    )
    more: Any = [{"value": 2.0, "label": "warm"}]

    for _ in range(2):  # also when a request is repeated
        added = client.add_feedback_categories(key, more)
        assert added.feedback_config["categories"] == [*first, *more]
    for wrong in ([{"value": 1, "label": "nice"}], [{"value": 3, "label": "kind"}]):
        with pytest.raises(LangSmithError, match="same"):
            client.add_feedback_categories(key, wrong)
    removed = client.remove_feedback_categories(key, [0])
    assert removed.feedback_config["categories"] == [first[1], *more]
    with pytest.raises(LangSmithError, match="have to stay"):
        client.remove_feedback_categories(key, [1])


def test_a_link_gives_feedback_without_a_key_as_often_as_one_likes(
    client: Client, server: ServerProcess, project: str
) -> None:
    run_id = run_in(client, project)
    token = client.create_presigned_feedback_token(run_id, "thumbs")
    assert token.expires_at > datetime.datetime.now(datetime.UTC)
    client.create_feedback_from_token(token.url, score=1, comment="nice", metadata={"page": "a"})
    path = token.url.removeprefix(server.url)
    assert server.call("GET", f"{path}?score=0&comment=no")[0] == 200
    found = {one.comment: one for one in of_run(client, run_id)}
    assert {comment: one.score for comment, one in found.items()} == {"nice": 1, "no": 0}
    assert found["nice"].feedback_source.metadata["page"] == "a"
    several = client.create_presigned_feedback_tokens(run_id, ["x", "y"])
    assert len({one.id for one in several}) == 2
    listed = {one.id for one in client.list_presigned_feedback_tokens(run_id)}
    assert listed == {token.id, *(one.id for one in several)}


def test_a_link_that_ended_or_never_was_opens_nothing(
    client: Client, server: ServerProcess, project: str
) -> None:
    run_id = run_in(client, project)
    with pytest.raises(LangSmithError):
        client.create_presigned_feedback_token(
            run_id, "late", expiration=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        )
    path = f"/langsmith/feedback/tokens/{uuid.uuid4()}"
    assert server.call("POST", path, {"score": 1})[0] == 404


def test_wrong_feedback_is_refused_at_once(server: ServerProcess) -> None:
    for body in (
        {"key": "k", "score": 1},
        {"run_id": str(uuid.uuid4()), "score": 1},
        {"run_id": "no-uuid", "key": "k"},
        {"run_id": str(uuid.uuid4()), "key": "k", "score": "much"},
        {"run_id": str(uuid.uuid4()), "key": "k", "id": "7"},
    ):
        status, answer = server.call("POST", "/langsmith/feedback", body)
        assert status == 422, (body, answer)
        assert answer["detail"]
