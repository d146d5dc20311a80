"""A configuration of LiteLLM's proxy, read as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.unruly_provider import Unruly
from gateway_world import Desk
from pilothouse.gateway.config import ConfigError, read
from servers import ServerProcess

FILE = """
model_list:
  - model_name: chat
    litellm_params:
      model: openai/gpt-4o-mini
      api_base: {url}
      api_key: os.environ/SOME_KEY
      rpm: 30
      input_cost_per_token: 0.000002
      output_cost_per_token: 0.000008
      extra_headers: {{x-team: blue}}
    model_info: {{id: one}}
  - model_name: chat
    litellm_params: {{model: gpt-4o, api_base: "{url}", api_key: os.environ/SOME_KEY, rpm: 10}}
  - model_name: claude
    litellm_params:
      model: anthropic/claude-sonnet-4-5
      api_base: {url}
      tags: [eu]
      timeout: 30
router_settings:
  num_retries: 1
  timeout: 120
  routing_strategy: usage-based-routing-v2
  fallbacks: [{{chat: [claude]}}]
  context_window_fallbacks: [{{chat: [claude]}}]
  model_group_alias: {{gpt-4: chat}}
litellm_settings:
  cache: true
  cache_params: {{type: redis, ttl: 60}}
  drop_params: true
  success_callback: [langfuse]
general_settings:
  master_key: sk-1234
"""
MASTER_KEY = (
    "general_settings.master_key is not supported: make keys with: pilothouse gateway keys create"
)


@pytest.fixture
def file(tmp_path: Path, provider: Unruly) -> Path:
    path = tmp_path / "litellm.yaml"
    path.write_text(FILE.format(url=provider.base_url))
    return path


def test_models_and_settings_are_understood(file: Path) -> None:
    found = read(file, {"SOME_KEY": "sk-x"})

    chat, claude = found.models
    assert [(each.provider, each.model, each.weight) for each in chat.targets] == [
        ("openai", "gpt-4o-mini", 30),
        ("openai-2", "gpt-4o", 10),
    ]
    assert chat.targets[0].price is not None
    assert chat.targets[0].price.input == pytest.approx(2.0)
    assert (chat.strategy, chat.timeout, chat.retries.max) == ("weighted", 120, 1)
    assert chat.fallbacks == ["claude"]
    assert chat.cache is not None
    assert (chat.cache.ttl, chat.cache.any_temperature) == (60, True)
    assert claude.targets[0].timeout == 30
    assert found.providers["anthropic"].type == "anthropic"
    assert found.providers["openai"].api_key == "sk-x"
    assert found.providers["openai"].headers == {"x-team": "blue"}
    assert found.aliases == {"gpt-4": "chat"}


def test_what_has_no_effect_is_listed(file: Path) -> None:
    found = read(file, {"SOME_KEY": "sk-x"}).unsupported

    assert found == [
        "router_settings.context_window_fallbacks is not supported: only `fallbacks` are asked",
        "litellm_settings.success_callback is not supported: every call is recorded as a span",
        MASTER_KEY,
        "router_settings.routing_strategy 'usage-based-routing-v2' is not supported: by weight",
        "litellm_settings.cache_params.type 'redis' is not supported: kept in memory",
        "model_list.2.litellm_params.tags is not supported",
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{model_name: a}", "model_list.0: needs model_name and litellm_params with a model"),
        ("{model_name: a, litellm_params: {model: bedrock/x}}",
         "model_list.0: where 'bedrock' is asked is not known here: give an api_base"),
        ("7", "model_list.0: needs model_name and litellm_params with a model"),
        ("{model_name: a, litellm_params: {model: openai/x, timeout: -1}}",
         "models.0.targets.0.timeout"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_a_line_each(tmp_path: Path, entry: str, told: str) -> None:
    path = tmp_path / "litellm.yaml"
    path.write_text(f"model_list: [{entry}]")

    with pytest.raises(ConfigError) as failed:
        read(path, {})

    assert told in str(failed.value)


def test_a_server_asks_by_a_file_of_litellms_and_by_its_prices(
    file: Path, provider: Unruly, tmp_path: Path
) -> None:
    environ = {"PILOTHOUSE_GATEWAY_CONFIG": str(file), "SOME_KEY": "sk-x"}
    server = ServerProcess(tmp_path / "data", environ=environ).start()
    try:
        desk = Desk(server, provider)
        question: Any = [{"role": "user", "content": "Paris?"}]
        body = {"model": "gpt-4", "messages": question, "cache": {"no-cache": True}}
        for _ in range(8):
            status, said = server.call("POST", "/v1/chat/completions", body)
            assert status == 200, said
        spans = desk.spans("default", 8)
        mini = [span for span in spans if span["model"].startswith("gpt-4o-mini")]
        problems = server.get("/api/v1/gateway/routes")["problems"]
    finally:
        server.stop()

    assert mini
    costs = [span["cost"]["total"] for span in mini]
    assert costs == [pytest.approx((25 * 2 + 12 * 8) / 1e6)] * len(mini)
    assert any("master_key is not supported" in line for line in problems)
    asked = [headers for _, body, headers in provider.asked if body["model"] == "gpt-4o-mini"]
    assert {headers["x-team"] for headers in asked} == {"blue"}
