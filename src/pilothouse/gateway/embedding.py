"""Vectors of texts for the semantic cache and for topics: worked out here, or by a route."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from pilothouse.gateway.errors import Refused
from pilothouse.gateway.steps import Aside, Asides

if TYPE_CHECKING:
    from pilothouse.search.embedding import Embedder
    from pilothouse.search.embedding.vectors import Vectors

_OWN: Final = re.compile(r"local(?::.+)?|hash(?::\d+)?")
_THREADS: Final = 2


def is_own(address: str) -> bool:
    """Whether an embedder is one of this machine, and no route."""
    return _OWN.fullmatch(address) is not None


class Embedding:
    """Embedders by address: `local`, `local:FOLDER`, `hash:384`, else the name of a route."""

    def __init__(self) -> None:
        self._asides: Asides | None = None
        self._own: dict[str, Embedder] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="gateway-embedding")

    def attach(self, asides: Asides) -> None:
        """Told once whom a route is asked through."""
        self._asides = asides

    async def vectors(
        self, address: str, texts: Sequence[str], *, project: str, timeout_s: float = 10.0
    ) -> Vectors:
        """A row of float32 of length one for each text.

        Raises Refused, TimeoutError, EmbeddingError, and ImportError where the local model is not
        installed.
        """
        if is_own(address):
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(timeout_s):  # who waits in vain leaves the line
                return await loop.run_in_executor(
                    self._threads, self._worked_out, address, [*texts]
                )
        return await self._asked(address, texts, project, timeout_s)

    def _worked_out(self, address: str, texts: list[str]) -> Vectors:
        from pilothouse.search.embedding import as_embedder

        found = self._own.get(address)
        if found is None:
            found = self._own.setdefault(address, as_embedder(address))
        return found.embed_documents(texts)

    async def _asked(
        self, address: str, texts: Sequence[str], project: str, timeout_s: float
    ) -> Vectors:
        from pilothouse.search.embedding.vectors import checked

        if self._asides is None:
            raise Refused(503, "gateway_starting", "the gateway is starting: ask again")
        aside = Aside(
            name=address,
            path="/embeddings",
            body={"model": address, "input": [*texts], "encoding_format": "float"},
            project=project,
            timeout_s=timeout_s,
            notes={"for": "embedding"},
        )
        answered = await self._asides.aside(aside)
        rows = _rows(answered.said, address)
        return checked(rows, count=len(texts), name=address)


def _rows(said: dict[str, Any], address: str) -> list[Any]:
    data = said.get("data")
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise Refused(502, "provider_garbage", f"{address!r} gave no vectors")
    order = sorted(data, key=lambda each: each.get("index") or 0)
    return [each.get("embedding") for each in order]
