"""Evaluators as LangSmith's own client makes, lists, changes and deletes them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from langsmith._exceptions import ConflictError, NotFoundError

from evaluation_server import add_provider, politely
from fakes.openai_server import OpenAI, openai_server
from langsmith import Client
from otlp import JSON, attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = [
    pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
CODE = """
def perform_eval(run):
    return {"letters": len(run["outputs"]["answer"])}
"""


@pytest.fixture(scope="module")
def model(server: ServerProcess) -> Iterator[OpenAI]:
    """A model that judges, and that the server knows."""
    with openai_server() as found:
        found.script = politely
        add_provider(server, found)
        yield found


def asked(client: Client, flow: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """What a conversation with the client's evaluators comes to; its connections are closed."""

    async def whole() -> Any:
        api = client.evaluators
        try:
            return await flow(api)
        finally:
            await api._client.close()
            client._langsmith_api = None  # its connections belong to this loop

    return asyncio.run(whole())


def test_a_function_of_a_run_judges_what_was_recorded(
    client: Client, server: ServerProcess, project: str
) -> None:
    async def flow(evaluators: Any) -> str:
        made = await evaluators.create(
            name=f"{project}-code",
            type="code",
            code_evaluator={"code": CODE},
            metadata={"by": "me"},
        )
        assert made.evaluator is not None
        found = await evaluators.retrieve(str(made.evaluator.id))
        assert (found.name, found.type, found.metadata) == (f"{project}-code", "code", {"by": "me"})
        assert found.code_evaluator is not None
        assert found.code_evaluator.code == CODE
        return str(found.id)

    made = asked(client, flow)

    sent = span(trace_id(), attributes=attributes({"output.value": '{"answer": "four"}'}))
    body = json.dumps(request(sent, project=project)).encode()
    assert server.call("POST", "/v1/traces", body, JSON)[0] == 200
    status, tried = server.call(
        "POST", "/api/v1/evaluators/test", {"project": project, "evaluator_id": made}
    )
    assert status == 200, tried
    assert [(one["value"], one["error"]) for one in tried["items"]] == [(4, None)]


def test_a_prompt_of_the_hub_judges_by_the_model_that_it_was_committed_with(
    client: Client, server: ServerProcess, model: OpenAI, project: str
) -> None:
    prompt = {
        "messages": [
            {"role": "system", "content": "Judge {{tone}}."},
            {"role": "user", "content": "Is {{answer}} kind? {braces}"},
        ],
        "template_format": "mustache",
        "model": {"provider": "openai", "name": "judge-1"},
    }
    server.call("POST", "/api/v1/prompts", {"name": project})
    status, committed = server.call(
        "POST", f"/api/v1/prompts/{project}/versions", {"prompt": prompt}
    )
    assert status == 201, committed

    async def flow(evaluators: Any) -> Any:
        said: Any = {
            "prompt_repo_handle": project,
            "variable_mapping": {"answer": "output", "tone": "metadata.tone"},
        }
        made = await evaluators.create(name=project, type="llm", llm_evaluator=said)
        assert made.evaluator is not None
        return made.evaluator

    made = asked(client, flow)

    assert (made.type, made.llm_evaluator.prompt_repo_handle) == ("llm", project)
    ours = server.get(f"/api/v1/evaluators/{made.id}")
    assert ours["definition"]["model"] == "fake/judge-1"
    assert ours["definition"]["prompt"] == "Judge {tone}.\n\nIs {outputs} kind? {{braces}}"


def test_evaluators_are_listed_with_their_rules_changed_and_deleted(
    client: Client, server: ServerProcess, project: str
) -> None:
    server.call("POST", "/api/v1/projects", {"name": project})

    async def flow(evaluators: Any) -> None:
        ids = []
        for number in range(2):
            made = await evaluators.create(
                name=f"{project}-{number}", type="code", code_evaluator={"code": CODE}
            )
            assert made.evaluator is not None
            ids.append(str(made.evaluator.id))
        rule = {"project": project, "name": "all", "evaluator_id": ids[0], "sampling_rate": 0.1}
        status, answer = server.call("POST", "/api/v1/rules", rule)
        assert status == 201, answer

        listed = [one async for one in evaluators.list(name_contains=project, limit=1)]
        assert {one.id for one in listed} == set(ids)
        [ruled] = [one for one in listed if one.run_rules]
        assert ruled.run_rules is not None
        assert [(r.id, r.session_name) for r in ruled.run_rules] == [(answer["id"], project)]

        changed = await evaluators.update(
            ids[1], name=f"{project}-new", code_evaluator={"code": CODE + "# more\n"}
        )
        assert changed.evaluator is not None
        assert changed.evaluator.name == f"{project}-new"
        assert server.get(f"/api/v1/evaluators/{ids[1]}")["version"] == 2

        with pytest.raises(ConflictError):
            await evaluators.delete(ids[0])
        gone = await evaluators.bulk_delete(evaluator_ids=[*ids, str(uuid.uuid4())])
        assert (gone.succeeded, len(gone.failed or [])) == ([ids[1]], 2)
        await evaluators.delete(ids[0], delete_run_rules=True)
        assert server.call("GET", f"/api/v1/rules/{answer['id']}")[0] == 404
        with pytest.raises(NotFoundError):
            await evaluators.retrieve(ids[0])

    asked(client, flow)
