"""Which target is asked, what a stream becomes on its way, and how routes are written."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway_world import Desk
from pilothouse.cli.main import run
from pilothouse.gateway.assembly import assembled, replayed
from pilothouse.gateway.balance import Balance
from pilothouse.gateway.budgets import period_of
from pilothouse.gateway.config import ConfigError, RouteConfig, problems, read
from pilothouse.gateway.limits import Rate
from pilothouse.gateway.models import Endpoint, Route, Strategy, Table, Target
from pilothouse.gateway.streams import Blocks, Relay
from pilothouse.gateway.upstream import retry_after_s

ENDPOINT = Endpoint(name="acme", base_url="http://acme/v1", models=("gpt-4o",))


def target(model: str, weight: float = 1) -> Target:
    return Target(endpoint=ENDPOINT, model=model, weight=weight)


def route(*targets: Target, strategy: Strategy = "weighted") -> Route:
    return Route(name="r", targets=targets, strategy=strategy)


def test_targets_are_asked_by_their_weights() -> None:
    balance, three = Balance(seed=1), route(target("a", 3), target("b", 1), target("c", 0))

    picked = [balance.pick(three, ()).model for _ in range(1000)]

    assert 700 < picked.count("a") < 800
    assert picked.count("c") == 0


def test_the_least_busy_and_the_fastest_are_found() -> None:
    balance, one, two = Balance(), target("a"), target("b")
    balance.begin(one)
    balance.succeeded(one, 0.1)
    balance.succeeded(two, 0.5)

    assert balance.pick(route(one, two, strategy="least_busy"), ()) == two
    assert balance.pick(route(one, two, strategy="latency"), ()) == one


def test_a_target_rests_longer_each_time_and_is_tried_by_one_request() -> None:
    now = [0.0]
    balance, sick, well = Balance(lambda: now[0]), target("sick"), target("well")
    both = route(sick, well, strategy="priority")

    def fail() -> None:
        balance.begin(sick)
        balance.failed(sick, is_fault=True, limited_s=None)
        balance.end(sick)

    for _ in range(3):
        assert balance.pick(both, ()) == sick
        fail()
    assert balance.pick(both, ()) == well
    now[0] = 5.1
    assert balance.pick(both, ()) == sick
    balance.begin(sick)
    assert balance.pick(both, ()) == well, "one request tries it, not all"
    balance.failed(sick, is_fault=True, limited_s=None)
    balance.end(sick)
    now[0] = 15.0
    assert balance.pick(both, ()) == well, "it rests for 10 s now"
    now[0] = 15.2
    assert balance.pick(both, ()) == sick


def test_the_last_target_never_rests() -> None:
    balance, only = Balance(), target("only")
    for _ in range(10):
        balance.begin(only)
        balance.failed(only, is_fault=True, limited_s=None)
        balance.end(only)

    assert balance.pick(route(only), ()) == only


def test_a_target_that_asks_for_a_pause_gets_exactly_that() -> None:
    now = [0.0]
    balance, busy, free = Balance(lambda: now[0]), target("busy"), target("free")
    both = route(busy, free, strategy="priority")

    balance.failed(busy, is_fault=False, limited_s=3.0)

    assert balance.pick(both, ()) == free
    now[0] = 3.1
    assert balance.pick(both, ()) == busy


def test_repeats_run_out_in_an_outage() -> None:
    balance, one = Balance(), target("a")

    allowed = 0
    for _ in range(100):
        balance.begin(one)
        allowed += balance.may_repeat(one)
        balance.end(one)

    assert allowed < 45


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_stream_is_cut_where_events_end_however_it_comes(size: int, line: str) -> None:
    events = [f'data: {{"n": {n}}}{line}{line}' for n in range(5)]
    data = "".join(events).encode()
    blocks = Blocks()

    cut = [blocks.cut(data[at : at + size]) for at in range(0, len(data), size)]

    assert b"".join(cut) == data.replace(b"\r\n", b"\n")
    assert all(block.endswith(b"\n\n") for block in cut if block)
    assert blocks.waiting == 0


@pytest.mark.parametrize("space", ["", " "])
def test_counts_and_the_models_name_are_taken_out_of_a_stream(space: str) -> None:
    def event(**said: Any) -> bytes:
        return f"data: {json.dumps(said, separators=(',', ':' + space))}\n\n".encode()

    relay = Relay(shown_as="alias", hides_usage=True)
    text = 'say "usage": null, "model": "m"'
    first = event(model="m", choices=[{"delta": {"content": text}}], usage=None)
    last = event(model="m", choices=[], usage={"prompt_tokens": 1})

    shown = relay.passed(first)

    assert json.loads(shown[6:]) == {"model": "alias", "choices": [{"delta": {"content": text}}]}
    assert relay.passed(last) == b""
    assert relay.usage == {"prompt_tokens": 1}
    assert relay.model == "m"


def test_counts_beside_a_choice_are_noted_and_passed_on() -> None:
    relay = Relay(shown_as="m", hides_usage=True)
    said = b'data: {"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}\n\n'

    assert relay.passed(said) == said
    assert relay.usage == {"prompt_tokens": 3}
    assert relay.is_finished


def test_an_answer_becomes_a_stream_and_an_answer_again() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    whole = {
        "id": "x", "created": 1, "model": "m", "object": "chat.completion",
        "choices": [
            {"index": 0, "finish_reason": "stop",
             "message": {"role": "assistant", "content": "Hi"}},
            {"index": 1, "finish_reason": "tool_calls",
             "message": {"role": "assistant", "content": None, "tool_calls": [call]}},
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }  # fmt: skip

    assert assembled(list(replayed(whole, with_usage=True))) == whole


def test_what_is_no_stream_is_no_answer() -> None:
    nonsense = [b"data: {\n\n", b"data: [1]\n\n", b'data: {"choices": [7, {"delta": 3}]}\n\n']

    assert "choices" in assembled(nonsense)
    assert assembled([b"hello\n\n"]) == {}


def test_odd_pieces_of_an_answer_end_no_stream() -> None:
    odd: dict[str, Any] = {"choices": [5, {"message": [1]}, {"message": {"content": "Hi"}}]}
    calls = b'data: {"choices":[{"delta":{"tool_calls":"x"}},{"delta":{"tool_calls":[1,{}]}}]}\n\n'
    half = b'data: {"model":"\\ud800","choices":[{"delta":{"content":"Hi"}}]}\n\n'
    relay = Relay(shown_as="alias", hides_usage=True)

    assert [b'"Hi"' in each for each in replayed(odd, with_usage=True)].count(True) == 1
    assert assembled([calls])["choices"][0]["message"]["tool_calls"] == [{"type": "function"}]
    assert b'"alias"' in relay.passed(half)
    assert relay.model is None


def test_names_are_found_as_routes_aliases_wildcards_and_models() -> None:
    wild = Route(name="fast/*", targets=(target("*"),))
    table = Table(
        routes={"chat": route(target("a")), "fast/*": wild},
        aliases={"gpt": "chat"},
        endpoints={"acme": ENDPOINT},
    )

    def models(name: str) -> list[str] | None:
        found = table.find(name)
        return None if found is None else [each.model for each in found.targets]

    assert models("chat") == models("gpt") == ["a"]
    assert models("fast/x/y") == ["x/y"]
    assert models("acme/any") == ["any"]
    assert models("gpt-4o") == ["gpt-4o"]
    assert models("fast/") is None
    assert table.names() == ["chat", "gpt", "acme/gpt-4o"]


def test_a_rate_lets_a_minute_pass_at_once_and_then_evenly() -> None:
    rate = Rate()
    for _ in range(60):
        assert rate.wait_s(100.0, 60, 1) == 0
        rate.spend(100.0, 60, 1)

    assert rate.wait_s(100.0, 60, 1) == pytest.approx(1.0)
    assert rate.wait_s(101.0, 60, 1) == 0
    assert rate.left(130.0, 60) == 30


def test_periods_begin_in_utc() -> None:
    now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    starts = {period: period_of(period, now) for period in ("day", "week", "month", "total")}

    assert starts["day"][1] == starts["month"][1] == datetime(2027, 1, 1, tzinfo=UTC)
    assert starts["week"][0] == datetime(2026, 12, 28, tzinfo=UTC).timestamp() * 1_000_000
    assert starts["total"] == (0, None)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"retry-after-ms": "250"}, 0.25), ({"retry-after": "3"}, 3.0), ({"retry-after": "x"}, None),
     ({}, None), ({"retry-after": "9999"}, 60.0), ({"retry-after": "-1"}, 0.0)],
)  # fmt: skip
def test_the_pause_that_a_provider_asks_for_is_read(
    headers: dict[str, str], wait: float | None
) -> None:
    assert retry_after_s(headers) == wait


def test_a_file_is_filled_from_the_environment_and_its_mistakes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text("providers: {a: {base_url: 'http://a/v1', api_key: '${KEY}'}}\n")

    assert read(path, {"KEY": "sk-1"}).providers["a"].api_key == "sk-1"
    with pytest.raises(ConfigError, match="KEY is not set"):
        read(path, {"OTHER": ""})
    path.write_text("models: [{name: chat, target: []}]\n")
    with pytest.raises(ConfigError, match=r"models\.0\.targets: Field required"):
        read(path, {"KEY": ""})
    path.write_text("models: [\n")
    with pytest.raises(ConfigError, match="is no YAML"):
        read(path, {"KEY": ""})


def test_routes_that_lead_nowhere_are_told() -> None:
    config = RouteConfig.model_validate(
        {
            "targets": [{"provider": "gone", "model": "m"}],
            "fallbacks": ["nobody", "chat"],
        }
    )

    found = problems({"chat": config}, {"gpt": "nothing"}, ["acme"], [])

    assert found == [
        "route 'chat' names provider 'gone', which is not there",
        "route 'chat' falls back to 'nobody', which is not there",
        "route 'chat' falls back to itself",
        "alias 'gpt' stands for 'nothing', which is not there",
    ]


def test_the_command_makes_lists_and_removes_keys_and_routes(desk: Desk, capsys: Any) -> None:
    at = ["--endpoint", desk.server.url]

    assert run(["gateway", "keys", "create", "by-command", "--budget", "5", *at, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert run(["gateway", "keys", "list", *at]) == 0
    assert "by-command" in capsys.readouterr().out
    assert run(["gateway", "keys", "revoke", str(made["id"]), *at]) == 0
    assert run(["gateway", "routes", "set", "team/*", "-t", "acme/*=2", "--cache", "9", *at]) == 0
    assert run(["gateway", "routes", "list", *at, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["items"]
    assert run(["gateway", "routes", "remove", "team/*", *at]) == 0
    assert run(["gateway", "routes", "reload", *at]) == 0
    assert run(["gateway", "status", *at]) == 0
    assert run(["gateway", "routes", "set", "x", "-t", "nobody/m", *at]) == 1
    said = capsys.readouterr()

    (mine,) = [each for each in listed if each["name"] == "team/*"]
    assert (mine["targets"][0]["weight"], mine["cache"]["ttl"]) == (2, 9)
    assert "names provider 'nobody', which is not there" in said.err


def test_a_server_that_nobody_asked_has_not_loaded_the_gateway() -> None:
    code = "import pilothouse.platform.app, sys; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not [name for name in loaded if name.startswith("pilothouse.gateway")]
    assert not {"aiohttp", "yaml"} & set(loaded)
