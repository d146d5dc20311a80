"""A configuration of LiteLLM's proxy as one of ours, with a list of what of it has no effect here.

Names, keys and meanings are those of LiteLLM's documents. What only decorates (`model_info`, say)
is left out without a word; what somebody may rely on is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Json = dict[str, Any]

ADDRESSES: Final = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "groq": "https://api.groq.com/openai/v1",
    "mistral": "https://api.mistral.ai/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "together_ai": "https://api.together.xyz/v1",
    "fireworks_ai": "https://api.fireworks.ai/inference/v1",
    "perplexity": "https://api.perplexity.ai",
    "xai": "https://api.x.ai/v1",
    "cerebras": "https://api.cerebras.ai/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
    "ollama": "http://localhost:11434/v1",
    "ollama_chat": "http://localhost:11434/v1",
}
"""Vendors that speak OpenAI's HTTP, or Anthropic's; others need an `api_base`."""
_STRATEGIES: Final = {
    "simple-shuffle": "weighted",
    "least-busy": "least_busy",
    "latency-based-routing": "latency",
}
_UNDERSTOOD: Final = frozenset((
    "model", "api_base", "api_key", "base_url", "rpm", "tpm", "weight", "timeout",
    "stream_timeout", "input_cost_per_token", "output_cost_per_token",
    "cache_read_input_token_cost", "cache_creation_input_token_cost", "order", "extra_headers",
    "organization",
))  # fmt: skip
_SETTINGS: Final = {
    "router_settings": frozenset((
        "num_retries", "timeout", "stream_timeout", "fallbacks", "default_fallbacks",
        "model_group_alias", "routing_strategy", "retry_after",
    )),
    "litellm_settings": frozenset((
        "num_retries", "request_timeout", "fallbacks", "default_fallbacks", "cache",
        "cache_params", "drop_params", "set_verbose", "json_logs", "telemetry",
    )),
    "general_settings": frozenset(("store_model_in_db",)),
}  # fmt: skip
_INSTEAD: Final = {
    "general_settings.master_key": "make keys with: pilothouse gateway keys create",
    "general_settings.database_url": "keys and spending are kept in the server's own records",
    "litellm_settings.success_callback": "every call is recorded as a span",
    "litellm_settings.failure_callback": "every call is recorded as a span",
    "litellm_settings.callbacks": "every call is recorded as a span",
    "router_settings.context_window_fallbacks": "only `fallbacks` are asked",
    "router_settings.content_policy_fallbacks": "only `fallbacks` are asked",
    "router_settings.allowed_fails": "a target rests after three failures in a row",
    "router_settings.cooldown_time": "a target rests for 5 s, each time twice as long",
}


def is_litellm(written: Any) -> bool:
    """Whether a file is one of LiteLLM's proxy."""
    return isinstance(written, Mapping) and "model_list" in written


def converted(written: Mapping[str, Any]) -> tuple[Json, list[str], list[str]]:
    """Our configuration; what has no effect, and what is wrong, a line each."""
    return _Conversion(written).made()


class _Conversion:
    """One file on its way."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self._written = written
        self._router = _section(written, "router_settings")
        self._settings = _section(written, "litellm_settings")
        self._providers: dict[str, Json] = {}
        self._routes: dict[str, Json] = {}
        self._unsupported: list[str] = []
        self._wrong: list[str] = []

    def made(self) -> tuple[Json, list[str], list[str]]:
        self._note_settings()
        listed = self._written.get("model_list")
        orders: dict[str, list[tuple[float, Json]]] = {}
        for number, entry in enumerate(listed if isinstance(listed, list) else ()):
            self._add(number, entry, orders)
        for name, targets in orders.items():
            self._routes[name] = self._route(name, targets)
        found: Json = {
            "providers": self._providers,
            "models": list(self._routes.values()),
            "aliases": self._aliases(),
        }
        return found, self._unsupported, self._wrong

    def _add(self, number: int, entry: Any, orders: dict[str, list[tuple[float, Json]]]) -> None:
        place = f"model_list.{number}"
        params = entry.get("litellm_params") if isinstance(entry, dict) else None
        if not isinstance(params, dict) or not isinstance(params.get("model"), str):
            self._wrong.append(f"{place}: needs model_name and litellm_params with a model")
            return
        name = str(entry.get("model_name") or params["model"])
        self._unsupported += [
            f"{place}.litellm_params.{key} is not supported"
            for key in params
            if key not in _UNDERSTOOD
        ]
        prefix, slash, model = params["model"].partition("/")
        if not slash:
            prefix, model = ("anthropic" if prefix.startswith("claude") else "openai"), prefix
        provider = self._provider(place, prefix, params)
        if provider is None:
            return
        target: Json = {"provider": provider, "model": model}
        weight = params.get("weight") or params.get("rpm") or params.get("tpm")
        if isinstance(weight, int | float):
            target["weight"] = weight
        if params.get("timeout") is not None:
            target["timeout"] = params["timeout"]
        if price := _price(params):
            target["price"] = price
        order = params.get("order")
        place_in_line = float(order) if isinstance(order, int | float) else 0.0
        orders.setdefault(name, []).append((place_in_line, target))

    def _provider(self, place: str, prefix: str, params: Mapping[str, Any]) -> str | None:
        """The name of the provider that a model is asked at; made where it is not there."""
        base = params.get("api_base") or params.get("base_url") or ADDRESSES.get(prefix)
        if not isinstance(base, str) or not base:
            told = f"{place}: where {prefix!r} is asked is not known here: give an api_base"
            self._wrong.append(told)
            return None
        made: Json = {"base_url": base, "api_key": str(params.get("api_key") or "")}
        if prefix == "anthropic":
            made["type"] = "anthropic"
        headers = {**_section(params, "extra_headers")}
        if params.get("organization"):
            headers["openai-organization"] = str(params["organization"])
        if headers:
            made["headers"] = {str(key): str(value) for key, value in headers.items()}
        for name, there in self._providers.items():
            if there == made:
                return name
        names = (f"{prefix}-{number}" if number > 1 else prefix for number in range(1, 10**6))
        name = next(each for each in names if each not in self._providers)
        self._providers[name] = made
        return name

    def _route(self, name: str, found: list[tuple[float, Json]]) -> Json:
        in_line = len({order for order, _ in found}) > 1
        strategy = str(self._router.get("routing_strategy") or "simple-shuffle")
        targets = [target for _, target in sorted(found, key=lambda each: each[0])]
        made: Json = {"name": name, "targets": targets}
        made["strategy"] = "priority" if in_line else _STRATEGIES.get(strategy, "weighted")
        retries = self._router.get("num_retries", self._settings.get("num_retries"))
        if isinstance(retries, int):
            made["retries"] = {"max": retries}
        longest = self._router.get("timeout") or self._settings.get("request_timeout")
        if longest:
            made["timeout"] = longest
        if self._router.get("stream_timeout"):
            made["stream_timeout"] = self._router["stream_timeout"]
        if fallbacks := self._fallbacks(name):
            made["fallbacks"] = fallbacks
        if self._settings.get("cache") is True:
            ttl = _section(self._settings, "cache_params").get("ttl")
            cache = {"mode": "exact", "any_temperature": True}
            made["cache"] = {**cache, "ttl": ttl} if ttl else cache
        return made

    def _fallbacks(self, name: str) -> list[str]:
        found: list[str] = []
        for section in (self._router, self._settings):
            told = section.get("fallbacks")
            for each in told if isinstance(told, list) else ():
                if isinstance(each, dict):
                    found += map(str, each.get(name) or each.get("*") or ())
            found += map(str, section.get("default_fallbacks") or ())
        return [each for each in dict.fromkeys(found) if each != name]

    def _aliases(self) -> Json:
        told = _section(self._router, "model_group_alias")
        return {
            str(alias): str(each["model"] if isinstance(each, dict) else each)
            for alias, each in told.items()
        }

    def _note_settings(self) -> None:
        for section, understood in _SETTINGS.items():
            keys = set(_section(self._written, section)) - understood
            self._note(f"{section}.{key}" for key in sorted(keys))
        known = {"model_list", *_SETTINGS}
        self._note(sorted(str(key) for key in self._written if key not in known))
        strategy = self._router.get("routing_strategy")
        if strategy and strategy not in _STRATEGIES:
            told = f"router_settings.routing_strategy {strategy!r} is not supported: by weight"
            self._unsupported.append(told)
        kind = _section(self._settings, "cache_params").get("type", "local")
        if kind != "local":
            told = f"litellm_settings.cache_params.type {kind!r} is not supported: kept in memory"
            self._unsupported.append(told)

    def _note(self, keys: Iterable[str]) -> None:
        for key in keys:
            instead = f": {_INSTEAD[key]}" if key in _INSTEAD else ""
            self._unsupported.append(f"{key} is not supported{instead}")


def _section(written: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = written.get(name)
    return found if isinstance(found, Mapping) else {}


def _price(params: Mapping[str, Any]) -> Json:
    """Prices of a million tokens from those of one."""
    names = {
        "input_cost_per_token": "input",
        "output_cost_per_token": "output",
        "cache_read_input_token_cost": "cached_input",
        "cache_creation_input_token_cost": "cache_write",
    }
    found = {
        ours: float(params[theirs]) * 1e6
        for theirs, ours in names.items()
        if isinstance(params.get(theirs), int | float)
    }
    return {"input": 0.0, "output": 0.0, **found} if found else {}
