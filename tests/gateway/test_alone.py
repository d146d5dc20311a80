"""A server that is a gateway only: everything at the root, and no pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from fakes.unruly_provider import Unruly
from gateway_world import KEY
from servers import ServerProcess

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def alone(provider: Unruly, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    environ = {"PILOTHOUSE_GATEWAY_ONLY": "true"}
    server = ServerProcess(tmp_path_factory.mktemp("alone") / "data", environ=environ).start()
    body = {"base_url": provider.base_url, "api_key": KEY, "models": ["gpt-4o"]}
    assert server.call("PUT", "/api/v1/providers/acme", body)[0] == 200
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("base", ["", "/v1", "/gateway", "/gateway/v1", "/openai/v1"])
def test_models_answer_at_the_root_with_and_without_v1(alone: ServerProcess, base: str) -> None:
    with openai.OpenAI(base_url=alone.url + base, api_key="x", max_retries=0) as client:
        said = client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION)
        names = [each.id for each in client.models.list()]

    assert said.model == "acme/gpt-4o"
    assert "acme/gpt-4o" in names


def test_azures_client_asks_by_its_deployments(alone: ServerProcess) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=alone.url, api_key="x", api_version="2024-10-21", max_retries=0
    ) as client:
        said = client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION)

    assert said.choices[0].message.content == "The capital of France is Paris."


def test_litellms_admin_routes_are_at_the_root(alone: ServerProcess) -> None:
    status, made = alone.call("POST", "/key/generate", {"models": ["acme/*"]})

    assert status == 200, made
    with openai.OpenAI(base_url=alone.url, api_key=made["key"], max_retries=0) as client:
        assert client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION).choices


def test_there_are_no_pages_and_the_rest_is_where_it_was(alone: ServerProcess) -> None:
    assert alone.call("GET", "/")[0] == 404
    assert alone.call("GET", "/projects/default")[0] == 404
    assert alone.call("GET", "/healthz")[0] == 200
    assert alone.call("GET", "/metrics")[0] == 200
    assert alone.get("/api/v1/gateway/status")["recorded"] >= 0
