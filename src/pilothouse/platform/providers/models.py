"""What a provider of models is, and what may be one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from pilothouse.platform.errors import BadRequest

ProviderKind = Literal["openai", "anthropic", "responses"]
"""What its HTTP is like. OpenAI's is spoken by most vendors, gateways and local servers; of models
of the kind `responses` only responses can be asked for. Only the gateway speaks the others."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHOWN_OF_A_KEY: Final = 4
_SHORTEST_WITH_A_HINT: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of models."""

    name: str
    kind: ProviderKind
    base_url: str
    sealed_key: str
    """Its key, encrypted; "" for one that asks for none."""
    key_hint: str
    models: tuple[str, ...]
    """Those that are offered to choose from; others may be named too."""
    created_at: datetime
    updated_at: datetime


def checked_name(name: str) -> str:
    """A name that can stand before the slash of `provider/model`; raises BadRequest."""
    if _NAME.fullmatch(name) is None:
        raise BadRequest(
            f"{name!r} is no name of a provider: up to 64 letters, digits, '.', '_' and '-'"
        )
    return name


def checked_url(url: str) -> str:
    """The address below which the API stands; raises BadRequest."""
    url = url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadRequest(f"base_url {url!r} is no address") from None
    if port == 0:
        raise BadRequest(f"base_url {url!r} names port 0, which nobody can connect to")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadRequest("base_url must begin with https:// or http:// and name a host")
    if parts.username or parts.password:
        raise BadRequest("base_url holds a password, which everybody would see: give api_key")
    if parts.query or parts.fragment:
        raise BadRequest("base_url must end with its path, such as https://api.openai.com/v1")
    return url


def checked_models(models: Iterable[str]) -> tuple[str, ...]:
    """Names of models, each once; raises BadRequest."""
    found = tuple(dict.fromkeys(name.strip() for name in models))
    if "" in found:
        raise BadRequest("the name of a model is empty")
    return found


def hint_of(key: str) -> str:
    """What is shown of a key: its end, of one long enough to keep the rest a secret."""
    if len(key) < _SHORTEST_WITH_A_HINT:
        return "…" if key else ""
    return "…" + key[-_SHOWN_OF_A_KEY:]
