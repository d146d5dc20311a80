"""Models behind any URL that speaks OpenAI's HTTP: a vendor, a gateway, a server of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.models import wire
from pilothouse.evaluation.models.chat import Completion, RateLimits, Request, Structure
from pilothouse.evaluation.models.clients import client

STRUCTURES: Final[Sequence[Structure]] = ("json_schema", "tool", "json", "text")


class Endpoint:
    """A chat model, a model of texts or one of embeddings, by its URL and name.

    Parameters that the model rejects (temperature, seed, log-probabilities, ways to keep to a
    schema) are learned from its first refusal and left out from then on. Nothing is asked twice
    but for that: retries, limits and the cache are wrapped around it.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 120.0,
        structures: Sequence[Structure] = STRUCTURES,
    ) -> None:
        """`timeout_s` bounds one call. `structures` are what the model can do, strictest first."""
        aiohttp, self._json = required("aiohttp"), required("orjson")
        self._model = model
        self._base_url = base_url.rstrip("/")
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._timeout_s = timeout_s
        self._structures = tuple(structures)
        self._without: frozenset[str] = frozenset()
        self._cap = "max_tokens"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(timeout_s, 10))
        self._proxy = _proxy_for(self._base_url)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model

    @property
    def identity(self) -> str:
        """The model and who serves it, as a cache tells them apart."""
        return f"openai:{self._model}@{self._base_url}"

    @property
    def structures(self) -> Sequence[Structure]:
        """The ways to keep to a schema that the model has not refused yet."""
        return self._structures

    @property
    def left_out(self) -> frozenset[str]:
        """The parameters that the model turned out to reject."""
        return self._without

    async def complete(self, request: Request) -> Completion:
        """The answer to messages. Raises ModelError, `Unsupported` for a structure it rejects."""
        return await self._completed(
            "/chat/completions",
            lambda: wire.chat_body(self._model, request, without=self._without, cap=self._cap),
            wire.chat_answer,
        )

    async def continued(
        self,
        prompt: str,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        logprobs: int | None = None,
        echo: bool = False,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Completion:
        """A text gone on with, by the older API; with `echo` the prompt's own tokens too."""
        asked = {
            "max_tokens": max_tokens,
            "temperature": temperature,
            "logprobs": logprobs,
            "echo": echo or None,
            "stop": list(stop) or None,
            "seed": seed,
        }
        given = {name: value for name, value in asked.items() if value is not None}

        def body() -> dict[str, Any]:
            kept = {name: given[name] for name in given if name not in self._without}
            return {"model": self._model, "prompt": prompt, **kept}

        return await self._completed("/completions", body, wire.text_answer)

    async def answered(self, path: str, **body: Any) -> tuple[Mapping[str, Any], RateLimits | None]:
        """A whole answer, and the limits that came with it. Raises ModelError, nothing left out."""
        answer = await self._posted(path, {"model": self._model, **body})
        if isinstance(answer, wire.Rejected):
            raise ModelError("BadRequest", f"{self._model!r} does not know {answer.name!r}")
        return answer[0], answer[1]

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text, in order."""
        if not texts:
            return []
        payload, _ = await self.answered("/embeddings", input=list(texts), encoding_format="float")
        try:
            return wire.vectors(payload, count=len(texts))
        except (wire.Malformed, TypeError, KeyError, AttributeError) as e:
            raise ModelError("Malformed", f"{self._model!r} gave no vectors: {e}") from None

    async def _completed(
        self, path: str, body: Callable[[], dict[str, Any]], read: Callable[..., Completion]
    ) -> Completion:
        """The completion, asked for anew without each part that the model rejects."""
        while True:
            answer = await self._posted(path, body())
            if isinstance(answer, wire.Rejected):
                self._learn(answer.name)
                continue
            payload, limits, latency_ms = answer
            try:
                completion = read(payload, asked=self._model)
            except (wire.Malformed, TypeError, KeyError, AttributeError) as e:
                raise ModelError("Malformed", f"{self._model!r} gave no completion: {e}") from None
            return replace(completion, limits=limits, latency_ms=latency_ms)

    def _learn(self, rejected: str) -> None:
        """Remembers what the model does without."""
        if rejected == "max_tokens" and self._cap == "max_tokens":
            self._cap = "max_completion_tokens"
        elif rejected in STRUCTURES:
            self._structures = tuple(s for s in self._structures if s != rejected)
            raise ModelError("Unsupported", f"{self._model!r} does not know {rejected!r}")
        else:
            self._without |= {rejected}

    async def _posted(
        self, path: str, body: Mapping[str, Any]
    ) -> wire.Rejected | tuple[Any, Any, float]:
        """The answer, the limits that came with it and how long it took."""
        from aiohttp import ClientError

        connections = await client()
        started = perf_counter()
        try:
            async with connections.post(
                self._base_url + path,
                data=self._encoded(body),
                headers=self._headers,
                timeout=self._timeout,
                proxy=self._proxy,
                allow_redirects=False,  # a key must not follow to where it was not given
            ) as response:
                raw = await response.read()
                status, headers = response.status, response.headers
        except TimeoutError:
            said = f"{self._model!r} did not answer within {self._timeout_s:g} s"
            raise ModelError("Timeout", said, retryable=True) from None
        except (ClientError, OSError) as e:
            said = f"{self._base_url} cannot be reached: {e or type(e).__name__}"
            raise ModelError("Unreachable", said, retryable=True) from e
        payload = self._parsed(raw)
        status = _true_status(status, payload)
        if status != 200:
            refused = wire.rejected(status, payload, body)
            if refused is not None:
                return refused
            raise wire.error_of(status, headers, payload, model=self._model)
        if not isinstance(payload, Mapping):
            said = raw[:200].decode("utf-8", "replace")
            raise ModelError("Malformed", f"{self._model!r} answered no JSON object: {said!r}")
        return payload, wire.limits_of(headers), (perf_counter() - started) * 1000

    def _encoded(self, body: Mapping[str, Any]) -> bytes:
        try:
            encoded: bytes = self._json.dumps(body)
        except TypeError:  # half a surrogate pair, which the slower encoder escapes
            return json.dumps(body).encode()
        return encoded

    def _parsed(self, raw: bytes) -> Any:
        try:
            return self._json.loads(raw)
        except ValueError:
            return raw.decode("utf-8", "replace")


def _true_status(status: int, payload: Any) -> int:
    """The status of an answer; gateways send others' errors as 200 with an error inside."""
    if status != 200 or not isinstance(payload, Mapping) or "choices" in payload:
        return status
    error = payload.get("error")
    if not isinstance(error, Mapping):
        return status
    code = error.get("code")
    return code if isinstance(code, int) and 400 <= code < 600 else 502


def _proxy_for(url: str) -> str | None:
    """The proxy of the environment, read once: to look it up costs as much as a small request."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)
