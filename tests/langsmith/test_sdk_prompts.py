"""Prompts, agents and skills as LangSmith's own clients push and pull them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from langsmith.utils import LangSmithConflictError, LangSmithError, LangSmithNotFoundError

from langsmith import AsyncClient, Client
from servers import ServerProcess

prompts = pytest.importorskip("langchain_core.prompts")


@pytest.fixture(params=["", "/api/v1"])
def client(request: pytest.FixtureRequest, server: ServerProcess) -> Iterator[Client]:
    made = Client(
        api_url=f"{server.url}/langsmith{request.param}", api_key="none", disable_prompt_cache=True
    )
    yield made
    made.close()


@pytest.fixture
def name() -> str:
    return f"prompt-{uuid.uuid4().hex[:8]}"


def chat(text: str) -> Any:
    return prompts.ChatPromptTemplate.from_messages([("system", text), ("user", "{question}")])


def sequence(root: list[str]) -> dict[str, Any]:
    """A prompt with its model, as LangChain serialises it."""
    first = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "prompts", "prompt", "PromptTemplate"],
        "kwargs": {"template": "{a}", "input_variables": ["a"], "template_format": "f-string"},
    }
    last = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "chat_models", "openai", "ChatOpenAI"],
        "kwargs": {"model_name": "gpt-4o", "temperature": 0.2},
    }
    return {"lc": 1, "type": "constructor", "id": root, "kwargs": {"first": first, "last": last}}


def test_a_prompt_is_pushed_and_pulled_by_name_hash_beginning_and_tag(
    client: Client, name: str
) -> None:
    url = client.push_prompt(
        name, object=chat("Be brief."), description="Short", tags=["t"], commit_tags=["production"]
    )
    assert f"/prompts/{name}/" in url
    first = client.pull_prompt_commit(name)
    client.push_prompt(name, object=chat("Be long."), commit_description="longer")
    newest = client.pull_prompt_commit(name)
    assert newest.commit_hash != first.commit_hash
    assert client.pull_prompt(name).messages[0].prompt.template == "Be long."
    for ref in (first.commit_hash, first.commit_hash[:8], "production"):
        assert client.pull_prompt(f"{name}:{ref}").messages[0].prompt.template == "Be brief."
    listed = list(client.list_prompt_commits(name))
    assert [each.commit_hash for each in listed] == [newest.commit_hash, first.commit_hash]
    assert listed[0].parent_commit_hash == first.commit_hash
    got = client.get_prompt(name)
    assert got is not None
    assert (got.description, got.tags, got.num_commits) == ("Short", ["t"], 2)
    assert got.last_commit_hash == newest.commit_hash


def test_a_tag_moves_with_the_push_that_names_it(client: Client, name: str) -> None:
    client.push_prompt(name, object=chat("One"), commit_tags=["staging", "canary"])
    client.push_prompt(name, object=chat("Two"), commit_tags="staging")
    assert client.pull_prompt(f"{name}:staging").messages[0].prompt.template == "Two"
    assert client.pull_prompt(f"{name}:canary").messages[0].prompt.template == "One"


def test_an_unchanged_or_outdated_push_is_a_conflict(client: Client, name: str) -> None:
    client.push_prompt(name, object=chat("One"))
    with pytest.raises(LangSmithConflictError, match="nothing to commit"):
        client.push_prompt(name, object=chat("One"))
    first = client.pull_prompt_commit(name).commit_hash
    client.push_prompt(name, object=chat("Two"))
    with pytest.raises(LangSmithConflictError):
        client.create_commit(name, chat("Three"), parent_commit_hash=first)
    with pytest.raises(LangSmithConflictError):
        client.create_prompt(name)


def test_a_manifest_that_is_none_is_refused_in_words(client: Client, name: str) -> None:
    client.create_prompt(name)
    for manifest, told in (
        ({"lc": 1}, "Manifest must have an id field"),
        ({"lc": 1, "id": ["x", "Oven"]}, "Manifest type Oven is not supported"),
    ):
        with pytest.raises(LangSmithError, match=told):
            client.request_with_retries(
                "POST", f"/commits/-/{name}", json={"parent_commit": None, "manifest": manifest}
            )


@pytest.mark.parametrize(
    "root",
    [
        ["langchain", "schema", "runnable", "RunnableSequence"],
        ["langsmith", "playground", "PromptPlayground"],
    ],
)
def test_the_model_comes_along_only_when_it_is_asked_for(
    client: Client, name: str, root: list[str]
) -> None:
    client.push_prompt(name, object=sequence(root))
    plain = client.pull_prompt_commit(name)
    assert plain.manifest["id"][-1] == "PromptTemplate"
    whole = client.pull_prompt_commit(name, include_model=True)
    assert whole.manifest["id"] == ["langchain", "schema", "runnable", "RunnableSequence"]
    assert whole.manifest["kwargs"]["last"]["kwargs"]["model_name"] == "gpt-4o"


def test_prompts_are_listed_liked_changed_archived_and_deleted(client: Client, name: str) -> None:
    client.create_prompt(name, description="findable", is_public=True)
    got = client.get_prompt(name)
    assert got is not None
    assert (got.owner, got.full_name) == ("pilothouse", f"pilothouse/{name}")
    assert client.like_prompt(name) == {"likes": 1}
    assert client.like_prompt(f"pilothouse/{name}") == {"likes": 1}
    found = client.list_prompts(query=name)
    assert [(each.repo_handle, each.num_likes) for each in found.repos] == [(name, 1)]
    assert found.total == 1
    assert client.unlike_prompt(name) == {"likes": 0}
    client.update_prompt(name, description="other", tags=["a"], is_archived=True)
    assert client.list_prompts(query=name).repos == []
    [archived] = client.list_prompts(query=name, is_archived=True).repos
    assert (archived.description, archived.tags) == ("other", ["a"])
    client.delete_prompt(name)
    assert client.get_prompt(name) is None
    with pytest.raises(LangSmithNotFoundError):
        client.pull_prompt_commit(name)


def test_another_owner_has_no_prompts_here(client: Client, name: str) -> None:
    client.create_prompt(name)
    assert client.get_prompt(f"somebody/{name}") is None


def test_the_async_client_writes_its_slashes_at_the_end(
    client: Client, server: ServerProcess, name: str
) -> None:
    async def work() -> tuple[str, int, int]:
        async with AsyncClient(api_url=client.api_url, api_key="none") as other:
            await other.push_prompt(name, object=chat("Async"))
            pulled = await other.pull_prompt(name)
            listed = await other.list_prompts(query=name)
            commits = [each async for each in other.list_prompt_commits(name)]
            return pulled.messages[0].prompt.template, listed.total, len(commits)

    assert asyncio.run(work()) == ("Async", 1, 1)


def test_agents_and_skills_are_directories_of_files(client: Client, name: str) -> None:
    from langsmith.schemas import FileEntry

    client.push_agent(
        name, files={"AGENTS.md": FileEntry(content="one"), "b/c.txt": FileEntry(content="two")}
    )
    client.push_agent(name, files={"AGENTS.md": FileEntry(content="new"), "b/c.txt": None})
    pulled = client.pull_agent(name)
    assert {path: entry.content for path, entry in pulled.files.items()} == {"AGENTS.md": "new"}
    assert client.agent_exists(name)
    assert name in [each.repo_handle for each in client.list_agents(query=name).repos]
    assert client.list_prompts(query=name).repos == []
    with pytest.raises(LangSmithNotFoundError):
        client.pull_skill(name)
    client.delete_agent(name)
    assert not client.agent_exists(name)
