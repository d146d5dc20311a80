"""How likely a model finds options after a context, asked of a completions endpoint.

The endpoint is given context and option as one text and echoes it with log-probabilities. All
options of a question go in one request; each is kept by itself under model, context and option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pilothouse.evaluation.benchmarks.echoes import echo_of, option_of
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.cache import Cache, key_of
from pilothouse.evaluation.models.chat import (
    ChatModel,
    Completion,
    Message,
    Request,
    Structure,
    Token,
)
from pilothouse.evaluation.models.endpoint import Endpoint
from pilothouse.evaluation.models.wire import usage_of
from pilothouse.evaluation.results import Usage

Echoing = Literal["echo", "prompt_logprobs"]
"""How a server is asked for the prompt's probabilities: OpenAI's way, or vLLM's other one."""


class Tokenizer(Protocol):
    """The model's own tokenizer, as `tokenizers`, `transformers` and `tiktoken` have it."""

    def encode(self, text: str, /) -> Any:
        """The tokens of a text: a list of numbers, or something that has one as `ids`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """How likely one option is."""

    logprob: float
    """The sum over its tokens."""
    greedy: bool
    """Whether the model would have written it: each token the likeliest in its place."""
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Echoed(Completion):
    """The tokens of each option of a request."""

    options: tuple[tuple[Token, ...], ...]


class EchoModel:
    """An endpoint as a model of requests that hold a context and, as answers to it, options.

    So the wrappers for chat models (limits, retries, prices) do for it what they do for these.
    """

    structures: Sequence[Structure] = ("text",)

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        echoing: Echoing = "echo",
        tokenizer: Tokenizer | None = None,
        max_length: int | None = None,
        bos: str = "",
    ) -> None:
        """`max_length` bounds the tokens of a text, by leaving out the context's first ones: it
        needs the tokenizer. `bos` stands before an option without a context.
        """
        if max_length is not None and tokenizer is None:
            raise ValueError("max_length is counted in tokens: give the model's tokenizer too")
        self._endpoint, self._echoing = endpoint, echoing
        self._tokenizer, self._max_length, self._bos = tokenizer, max_length, bos
        self._batches = True

    @property
    def name(self) -> str:
        """That of the endpoint."""
        return self._endpoint.name

    @property
    def identity(self) -> str:
        """The endpoint and how its options are scored, as a cache tells them apart."""
        how = f"{self._echoing},{self._max_length},{self._bos!r},{self._tokenizer is not None}"
        return f"{self._endpoint.identity}#{how}"

    async def complete(self, request: Request) -> _Echoed:
        """The options' tokens. Raises ModelError where the server does not give them."""
        context, options = request.messages[0].content, [m.content for m in request.messages[1:]]
        texts = [self._text(context, option) for option in options]
        prompts = [text.prompt for text in texts]
        choices, payload, limits = await self._asked(prompts)
        found = []
        for text, choice in zip(texts, choices, strict=True):
            echo = echo_of(choice)
            if echo is None:
                raise ModelError(
                    "Unsupported",
                    f"{self.name!r} gives no probabilities of a prompt ({self._echoing}): ask it "
                    "by another mode, or echoing='prompt_logprobs'",
                )
            generated = 1 if self._echoing == "echo" else 0
            found.append(
                tuple(
                    option_of(
                        echo, text.context, text.option, generated=generated, count=text.count
                    )
                )
            )
        return _Echoed(
            text="",
            model=payload.get("model") or self.name,
            usage=usage_of(payload.get("usage")),
            options=tuple(found),
            limits=limits,
        )

    def _text(self, context: str, option: str) -> _Text:
        kept = context.rstrip(" ")  # a tokenizer joins a space to the word after it
        option = context[len(kept) :] + option
        kept = kept or self._bos
        if self._tokenizer is None:
            return _Text(kept, option, kept + option, None)
        whole, before = self._encoded(kept + option), self._encoded(kept)
        of_option = len(whole) - len(before)
        if self._max_length is not None:
            if of_option >= self._max_length:
                raise ModelError("TooLong", f"an option of {of_option} tokens leaves no context")
            whole = whole[-self._max_length :]
        return _Text(kept, option, whole, (len(whole) - of_option, of_option))

    def _encoded(self, text: str) -> list[int]:
        assert self._tokenizer is not None
        found = self._tokenizer.encode(text)
        return list(getattr(found, "ids", found))

    async def _asked(
        self, prompts: list[Any]
    ) -> tuple[list[Mapping[str, Any]], Mapping[str, Any], Any]:
        """A choice for each prompt; one request each where a server takes no several."""
        if self._batches or len(prompts) == 1:
            try:
                return await self._posted(prompts)
            except ModelError as e:
                if e.type not in {"BadRequest", "Malformed"} or len(prompts) == 1:
                    raise
        choices, usage, last = [], Usage(), None
        for prompt in prompts:
            last = await self._posted([prompt])
            choices += last[0]
            usage += usage_of(last[1].get("usage"))
        assert last is not None
        self._batches = False
        counted = {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
        }
        return choices, {**last[1], "usage": counted}, last[2]

    async def _posted(
        self, prompts: list[Any]
    ) -> tuple[list[Mapping[str, Any]], Mapping[str, Any], Any]:
        how = {"echo": True, "logprobs": 1} if self._echoing == "echo" else {"prompt_logprobs": 1}
        try:
            payload, limits = await self._endpoint.answered(
                "/completions",
                prompt=prompts if len(prompts) > 1 else prompts[0],
                max_tokens=1,  # 0 is refused by many servers
                temperature=0,
                **how,
            )
        except ModelError as e:
            if e.type not in {"BadRequest", "NotFound"}:
                raise
            said = f"{e} (log-likelihood needs completions with {self._echoing}; chats have none)"
            raise ModelError(e.type, said, status=e.status) from e
        choices = payload.get("choices")
        if not isinstance(choices, list) or len(choices) != len(prompts):
            has = len(choices) if isinstance(choices, list) else "no"
            raise ModelError("Malformed", f"{has} choices for {len(prompts)} prompts")
        return sorted(choices, key=lambda one: one.get("index", 0)), payload, limits


@dataclass(frozen=True, slots=True)
class _Text:
    context: str
    option: str
    prompt: str | list[int]
    count: tuple[int, int] | None


class Likelihoods:
    """Options rated by a model; what was asked before is taken from the cache."""

    def __init__(self, model: ChatModel, cache: Cache | None = None) -> None:
        """`model` is an EchoModel, or one with wrappers around it."""
        self._model, self._cache = model, cache
        self.cached = 0
        """Options that the cache answered so far."""

    async def of(
        self, context: str, options: Sequence[str]
    ) -> tuple[list[Likelihood], Usage | None]:
        """The likelihood of each option, and what asking took."""
        known = {option: self._kept(context, option) for option in dict.fromkeys(options)}
        missing = [option for option, tokens in known.items() if tokens is None]
        self.cached += len(known) - len(missing)
        usage = None
        if missing:
            answer = await self._model.complete(_request(context, missing))
            assert isinstance(answer, _Echoed)
            usage = answer.usage
            for option, tokens in zip(missing, answer.options, strict=True):
                known[option] = tokens
                self._keep(context, option, tokens, answer)
        return [_likelihood(known[option] or ()) for option in options], usage

    def _kept(self, context: str, option: str) -> tuple[Token, ...] | None:
        found = None if self._cache is None else self._cache.get(self._key(context, option))
        return None if found is None else tuple(found.tokens or ())

    def _keep(
        self, context: str, option: str, tokens: tuple[Token, ...], answer: Completion
    ) -> None:
        if self._cache is not None:
            kept = Completion(text=option, model=answer.model, tokens=tokens)
            self._cache.put(self._key(context, option), kept)

    def _key(self, context: str, option: str) -> bytes:
        identity: str = getattr(self._model, "identity", self._model.name)
        return key_of(identity, _request(context, [option]))


def _request(context: str, options: Sequence[str]) -> Request:
    answers = [Message("assistant", option) for option in options]
    return Request(messages=[Message("user", context), *answers], max_tokens=1, temperature=0)


def _likelihood(tokens: tuple[Token, ...]) -> Likelihood:
    return Likelihood(
        logprob=sum(token.logprob for token in tokens),
        greedy=all(
            token.logprob >= max(token.alternatives.values(), default=float("inf"))
            for token in tokens
        ),
        tokens=tokens,
    )


async def self_check(likelihoods: Likelihoods, context: str, option: str) -> None:
    """Raises ModelError for a server whose log-probabilities cannot be true.

    The same text is scored twice, and once in two parts: log p(ab) = log p(a) + log p(b after a).
    Some servers give wrong ones for what they have in a cache of prefixes.
    """
    half = context.rfind(" ", 1, max(2, len(context) // 2 + 1))
    head, tail = (context[:half], context[half:]) if half > 0 else ("", context)
    (once,), _ = await likelihoods.of(context, [option])
    (again,), _ = await likelihoods.of(context, [option])
    _same(once.logprob, again.logprob, "the same text twice")
    if not head.strip() or not tail.strip():
        return
    (first,), _ = await likelihoods.of(head, [tail])
    (whole,), _ = await likelihoods.of(head, [tail + option])
    _same(whole.logprob, first.logprob + once.logprob, "a text whole and in two parts")


def _same(one: float, other: float, what: str) -> None:
    tolerance = max(0.05, 0.01 * abs(one))  # half precision differs by less between batches
    if abs(one - other) > tolerance:
        raise ModelError(
            "Inconsistent",
            f"the server rates {what} by {one:.4g} and {other:.4g}: turn off its cache of "
            "prefixes, or go on without this check by self_check=False",
        )
