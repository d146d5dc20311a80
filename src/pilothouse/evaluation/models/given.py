"""Makes a model of whatever users hand over: an address, a function, LangChain's, one of ours."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from pilothouse.evaluation.models.chat import ChatModel, EmbeddingModel
from pilothouse.evaluation.models.endpoint import Endpoint
from pilothouse.evaluation.models.functions import FunctionEmbedder, FunctionModel
from pilothouse.evaluation.models.langchain import (
    LangChainEmbedder,
    LangChainModel,
    is_langchain,
)
from pilothouse.evaluation.models.local import LocalEmbedder

ModelLike = ChatModel | Callable[..., Any] | str | Any
"""A ChatModel, a function, an object of LangChain's, or an address such as `NAME@URL`."""
_ADDRESS: Final = re.compile(r"(?P<vendor>openai:)?(?P<name>.+?)(?:@(?P<url>https?://.+))?")
EMBEDDER: Final = "PILOTHOUSE_EMBEDDER"
"""The variable that names the model of embeddings where none is given."""
_OPENAI: Final = "https://api.openai.com/v1"


def as_model(given: ModelLike, *, api_key: str | None = None) -> ChatModel:
    """The chat model that was meant. Raises ValueError or TypeError saying what would do.

    `llama-3@http://localhost:8000/v1` is served there; `openai:gpt-4o` by OpenAI, with the key
    from OPENAI_API_KEY, which is sent nowhere else. No vendor is ever assumed.
    """
    if isinstance(given, str):
        return _endpoint(given, api_key)
    if isinstance(given, ChatModel):
        return given
    if is_langchain(given):
        return LangChainModel(given)
    if callable(given):
        return FunctionModel(given)
    raise TypeError(f"{given!r} is no model: give an address, a function or a LangChain model")


def as_embedder(
    given: EmbeddingModel | ModelLike | None = None, *, api_key: str | None = None
) -> EmbeddingModel:
    """The model of embeddings that was meant, given in the same ways.

    Without one it is that of PILOTHOUSE_EMBEDDER, else `local`, the small model on this machine;
    `local:FOLDER` is another of its kind. Raises ImportError where that is not installed.
    """
    if given is None:
        given = os.environ.get(EMBEDDER) or "local"
    if isinstance(given, str):
        vendor, _, folder = given.partition(":")
        return LocalEmbedder(folder or None) if vendor == "local" else _endpoint(given, api_key)
    if isinstance(given, EmbeddingModel):
        return given
    if hasattr(given, "embed_documents"):
        return LangChainEmbedder(given)
    if callable(given):
        return FunctionEmbedder(given)
    raise TypeError(f"{given!r} is no model of embeddings: give an address or a function")


def _endpoint(address: str, api_key: str | None) -> Endpoint:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError("a model's address is empty: give NAME@URL")
    vendor, name, url = found["vendor"], found["name"], found["url"]
    if url is None and vendor is None:
        raise ValueError(
            f"{address!r} does not say who serves it: give '{address}@http://host/v1', "
            f"or 'openai:{address}' for OpenAI's"
        )
    base_url = url or _OPENAI
    if urlsplit(base_url).hostname == urlsplit(_OPENAI).hostname and api_key is None:
        api_key = os.environ.get("OPENAI_API_KEY")
        if not api_key:
            raise ValueError(f"{address!r} needs a key: set OPENAI_API_KEY, or give api_key")
    return Endpoint(name, base_url, api_key=api_key)
