"""Runs and datasets shared with LangSmith's own clients, and read by whoever has the token."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from langsmith.run_trees import RunTree
from langsmith.utils import LangSmithError, LangSmithNotFoundError

from langsmith import Client
from servers import ServerProcess

pytestmark = [
    pytest.mark.filterwarnings("ignore::langsmith.utils.LangSmithWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def tree_in(client: Client) -> tuple[uuid.UUID, uuid.UUID]:
    """(root, child) of a stored trace."""
    name = f"p{uuid.uuid4().hex[:8]}"
    root = RunTree(name="root", inputs={"a": 1}, ls_client=client, project_name=name)
    child = root.create_child(name="child", inputs={"b": 2})
    for run in (child, root):
        run.end(outputs={"done": True})
    for run in (root, child):
        run.post()
    client.flush()
    return root.id, child.id


def token_of(url: str) -> str:
    return url.rsplit("/", 2)[1]


def test_a_shared_run_is_read_with_its_trace_until_it_is_taken_back(client: Client) -> None:
    root, child = tree_in(client)
    assert not client.run_is_shared(root)
    url = client.share_run(root)
    assert client.share_run(root) == url
    assert client.read_run_shared_link(root) == url
    token = token_of(url)
    assert client.read_shared_run(token).id == root
    assert client.read_shared_run(url, run_id=child).inputs == {"b": 2}
    assert {run.id for run in client.list_shared_runs(token)} == {root, child}
    assert [run.id for run in client.list_shared_runs(token, run_ids=[str(child)])] == [child]
    client.unshare_run(root)
    assert not client.run_is_shared(root)
    with pytest.raises(LangSmithNotFoundError):
        client.read_shared_run(token)


def test_a_token_opens_no_other_trace(client: Client) -> None:
    root, _ = tree_in(client)
    other, _ = tree_in(client)
    token = token_of(client.share_run(root))
    with pytest.raises(LangSmithNotFoundError):
        client.read_shared_run(token, run_id=other)
    assert list(client.list_shared_runs(token, run_ids=[str(other)])) == []
    with pytest.raises(LangSmithNotFoundError):
        client.read_shared_run(uuid.uuid4())


def test_the_newer_client_shares_traces_and_threads(client: Client) -> None:
    root, child = tree_in(client)
    session = str(client.read_run(root).session_id)
    token = token_of(client.share_run(root))

    start = client.read_run(child).start_time

    async def share() -> None:
        async with client._get_langsmith_api() as api:  # nothing else closes it
            shares = api.runs.share
            shared = await shares.create(str(child), session_id=session, trace_id=str(root))
            assert shared.share_token == token
            public = api.public.runs
            run = await public.retrieve(
                str(child), share_token=token, start_time=start, selects=["ID", "NAME"]
            )
            assert (run.id, run.name) == (str(child), "child")
            found = await public.query(token, selects=["ID"])
            assert {one.id for one in found.items or []} == {str(root), str(child)}
            await shares.delete(str(root), session_id=session)
            threads = api.threads.share
            first = (await threads.create("t1", project_id=session)).share_token
            assert (await threads.retrieve("t1", project_id=session)).share_token == first
            await threads.delete("t1", project_id=session)
            assert not (await threads.retrieve("t1", project_id=session)).share_token

    asyncio.run(share())
    assert not client.run_is_shared(root)


def test_a_shared_dataset_is_read_and_cloned(client: Client, server: ServerProcess) -> None:
    dataset = client.create_dataset(f"d{uuid.uuid4().hex[:8]}", description="to share")
    client.create_examples(
        dataset_id=dataset.id,
        examples=[{"inputs": {"q": n}, "outputs": {"a": n}} for n in range(3)],
    )
    shared: Any = client.share_dataset(dataset.id)
    assert client.share_dataset(dataset.id)["share_token"] == shared["share_token"]
    assert client.read_dataset_shared_schema(dataset.id)["share_token"] == shared["share_token"]
    token = shared["share_token"]
    assert client.read_shared_dataset(token).name == dataset.name
    examples = list(client.list_shared_examples(token))
    assert [one.inputs for one in examples] == [{"q": n} for n in range(3)]
    [one] = client.list_shared_examples(token, example_ids=[examples[1].id])
    assert one.id == examples[1].id
    assert list(client.list_shared_projects(dataset_share_token=token)) == []
    cloned = client.clone_public_dataset(token, dataset_name=f"{dataset.name} copy")
    assert len(list(client.list_examples(dataset_id=cloned.id))) == 3
    client.unshare_dataset(dataset.id)
    with pytest.raises(LangSmithError):
        client.read_shared_dataset(token)
    again: Any = client.share_dataset(dataset.id)
    client.delete_dataset(dataset_id=dataset.id)
    listed = server.get("/api/v1/shares")["items"]
    assert again["share_token"] not in {share["token"] for share in listed}
