"""Public list prices, from the data that the package genai-prices carries; nothing is fetched.

The data takes most of a second to import, so it is loaded when the first price is asked for;
`load()` may be called ahead of that from a thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices
    from genai_prices.types import Tier as _Tier

MILLION: Final = 1_000_000
SELF_HOSTED: Final = frozenset(
    {"ollama", "vllm", "lmstudio", "lm_studio", "llama.cpp", "llamacpp", "llamafile", "mlx", "tgi",
     "localai", "sglang", "xinference", "local"}
)  # fmt: skip
"""Providers whose calls nobody bills, whatever a model of the same name costs elsewhere."""
_ALIASES: Final = {
    "azure.ai.openai": "azure",
    "az.ai.openai": "azure",
    "azure_openai": "azure",
    "azure-openai": "azure",
    "azureopenai": "azure",
    "az.ai.inference": "azure",
    "azure.ai.inference": "azure",
    "azure_ai": "azure",
    "gcp.gen_ai": "google",
    "gcp": "google",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "grok": "x-ai",
    "fireworks_ai": "fireworks",
    "fireworks-ai": "fireworks",
    "togetherai": "together",
    "moonshot_ai": "moonshotai",
    "deepseek_ai": "deepseek",
    "deepseek-ai": "deepseek",
    "z-ai": "zai",
}
_MAKERS: Final = frozenset({"openai", "anthropic", "google", "mistral", "cohere", "voyageai"})
_REGION: Final = re.compile(r"^(?:us|eu|apac|ap|au|ca|jp|sa|global|us-gov)\.(?=[a-z0-9]+\.)")
_VENDOR: Final = re.compile(
    r"^(?:anthropic|meta|mistral|amazon|cohere|deepseek|openai|ai21|qwen)\."
)
_BEDROCK_VERSION: Final = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_DATE: Final = re.compile(r"(?:[-@:]20\d{2}-?[01]\d-?[0-3]\d|-\d{2}-20\d{2}|@latest|:latest)$")
_PATH: Final = re.compile(r"^(?:projects/[^/]+/locations/[^/]+/)?publishers/([^/]+)/models/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What one token of each type costs in US dollars; None where nothing is charged apart."""

    input: float | None = None
    cached: float | None = None
    cache_write: float | None = None
    """Written for five minutes, or for as long as the provider keeps it by default."""
    cache_write_1h: float | None = None
    input_audio: float | None = None
    input_image: float | None = None
    output: float | None = None
    reasoning: float | None = None
    output_audio: float | None = None
    output_image: float | None = None
    request: float | None = None
    """For the call itself, besides its tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Rates that hold for a whole call once its input is longer than a number of tokens."""

    above_input_tokens: int
    rates: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Rates from one second of a day (UTC) on: some providers are cheaper by night."""

    from_second: int
    rates: Rates
    tiers: tuple[Tier, ...] = ()
    """By rising length of input."""


_UNITS: Final = {
    "input": "input_mtok",
    "cached": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "input_audio": "input_audio_mtok",
    "input_image": "input_image_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
    "output_audio": "output_audio_mtok",
    "output_image": "output_image_mtok",
    "request": "requests_kcount",
}


def load() -> None:
    """Import the price data, which otherwise the first lookup does."""
    import_module("genai_prices.data")

    # Reading 30,000 lines of data leaves 20 MB behind that glibc keeps unless it is asked.
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def lookup(model: str, provider: str, day: date) -> tuple[Period, ...]:
    """The list prices of a model on a day, by time of day; empty when the list has none."""
    found = _find(model.strip().lower(), provider.strip().lower())
    if found is None:
        return ()
    periods: list[Period] = []
    for second in _changes(found):
        hour, rest = divmod(second, 3600)
        moment = datetime.combine(day, time(hour, rest // 60, rest % 60), UTC)
        period = _period(found.get_prices(moment), second)
        if period is None:
            return ()
        if not periods or replace(periods[-1], from_second=second) != period:
            periods.append(period)
    return tuple(periods)


def _find(model: str, provider: str) -> ModelInfo | None:
    if provider in SELF_HOSTED or not model:
        return None
    if "genai_prices.data" not in sys.modules:
        load()
    from genai_prices.data import providers

    match = _PATH.match(model)
    if match is not None:
        provider, model = provider or match[1], model[match.end() :]
    known = {seller.id for seller in providers}
    for wanted, spelling in _candidates(model, provider, known):
        seller = _provider(wanted, providers)
        found = None if seller is None else seller.find_model(spelling, all_providers=providers)
        if found is not None:  # a seller may list a model without a price: a flat subscription
            return found if _is_priced(found) else None
    spellings = [spelling for _, spelling in _candidates(model, "", known)]
    return _of_namesakes(spellings, providers) or (
        None if provider else _of_makers(spellings, providers)
    )


def _of_namesakes(spellings: list[str], providers: list[Provider]) -> ModelInfo | None:
    """A model whose very name says who sells it, as claude does."""
    for spelling in spellings:
        for seller in providers:
            if seller.model_match is not None and seller.model_match.is_match(spelling):
                found = seller.find_model(spelling, all_providers=providers)
                if found is not None and _is_priced(found):
                    return found
    return None


def _of_makers(spellings: list[str], providers: list[Provider]) -> ModelInfo | None:
    """A model that its own maker sells, where nothing but its name is known."""
    makers = [seller for seller in providers if seller.id in _MAKERS]
    for spelling in spellings:
        for maker in makers:
            found = maker.find_model(spelling)
            if found is not None and _is_priced(found):
                return found
    return None


def _candidates(model: str, provider: str, known: set[str]) -> Iterator[tuple[str, str]]:
    """(provider, spelling) pairs from the most literal reading of a name to the loosest."""
    if provider:
        for spelling in _spellings(model):
            yield provider, spelling
    while "/" in model:
        prefix, model = model.split("/", 1)
        seller = _ALIASES.get(prefix, prefix)
        if seller in known or prefix in {"bedrock", "vertex_ai", "gemini", "models", "azure"}:
            for spelling in _spellings(model):
                yield seller, spelling
        if provider:
            for spelling in _spellings(model):
                yield provider, spelling
    if not provider:
        for spelling in _spellings(model):
            yield "", spelling


def _spellings(model: str) -> Iterator[str]:
    yield model
    if model.startswith("arn:"):
        model = model.rpartition("/")[2]
        yield model
    regional = _REGION.sub("", model)
    if regional != model:
        yield regional
    bare = _BEDROCK_VERSION.sub("", _VENDOR.sub("", regional))
    if bare != regional:
        yield bare
    undated = _DATE.sub("", bare)
    if undated != bare:
        yield undated


def _provider(name: str, providers: list[Provider]) -> Provider | None:
    from genai_prices.data_snapshot import find_provider_by_id

    if not name:
        return None
    return find_provider_by_id(providers, _ALIASES.get(name, name))


def _is_priced(model: ModelInfo) -> bool:
    from genai_prices.types import ModelPrice

    prices = [model.prices] if isinstance(model.prices, ModelPrice) else model.prices
    return any(
        getattr(getattr(price, "prices", price), unit, None) is not None
        for price in prices
        for unit in _UNITS.values()
    )


def _changes(model: ModelInfo) -> list[int]:
    """The seconds of a day (UTC) at which a model's price may change."""
    from genai_prices.types import ModelPrice, TimeOfDateConstraint

    found = {0}
    if not isinstance(model.prices, ModelPrice):
        for price in model.prices:
            if isinstance(price.constraint, TimeOfDateConstraint):
                for edge in (price.constraint.start_time, price.constraint.end_time):
                    moment = datetime.combine(date(2000, 1, 2), edge)
                    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                    at = aware.astimezone(UTC)
                    found.add(at.hour * 3600 + at.minute * 60 + at.second)
    return sorted(found)


def _period(price: ModelPrice, second: int) -> Period | None:
    listed = {name: getattr(price, unit, None) for name, unit in _UNITS.items()}
    if all(value is None for value in listed.values()):
        return None
    starts = sorted({tier.start for value in listed.values() for tier in _tiers(value)})
    return Period(
        from_second=second,
        rates=_rates(listed, 0),
        tiers=tuple(
            Tier(above_input_tokens=start, rates=_rates(listed, start + 1)) for start in starts
        ),
    )


def _rates(listed: dict[str, Decimal | TieredPrices | None], input_tokens: int) -> Rates:
    values: dict[str, float] = {}
    for name, value in listed.items():
        if value is None:
            continue
        amount = value if isinstance(value, Decimal) else value.base
        for tier in _tiers(value):
            if input_tokens > tier.start:
                amount = tier.price
        values[name] = float(amount / (1000 if name == "request" else MILLION))
    return Rates(**values)


def _tiers(value: Decimal | TieredPrices | None) -> list[_Tier]:
    return [] if value is None or isinstance(value, Decimal) else value.tiers


TYPES: Final = tuple(item.name for item in fields(Rates))
"""The names of what can be charged, inputs first."""
