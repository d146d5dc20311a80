"""Guardrails as people write them, in a file or over REST, and what is made of them.

guardrails:
  - {name: house, type: words, words: [hal], mode: post_call, on_violation: mask}
  - {name: polite, type: llm_judge, model: chat, rule: "it insults somebody", default_on: true}
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from pilothouse.gateway.guardrails.checks import injection, judged, others, patterns, shape, topics
from pilothouse.gateway.guardrails.models import Action, Asks, Check, Fail, Guardrail, Stage
from pilothouse.gateway.guardrails.models import Streaming as How
from pilothouse.gateway.guardrails.texts import Role

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][\w.:-]*$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Texts = Annotated[list[Text], Field(max_length=2000)]
Mode = Literal["pre_call", "during_call", "post_call", "logging_only"]
_PERSONAL: Final = ("emails", "phones", "cards", "ibans", "national_ids", "ips")
_SECRET: Final = ("secrets", "bearer_tokens", "jwts", "private_keys")
_WHOLE_TIMEOUT_MS: Final = 10_000


class Applies(BaseModel):
    """What of a request is looked at."""

    model_config = ConfigDict(extra="forbid")

    roles: list[Role] = []
    """Whose texts; all where there is none."""


class _Guardrail(BaseModel):
    """What every guardrail has."""

    model_config = ConfigDict(extra="forbid")

    mode: list[Mode] | Mode
    """Before the model is asked, meanwhile, on its answer, or only to be recorded."""
    on_violation: Action = "block"
    applies: Applies = Applies()
    sample_rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    timeout_ms: Annotated[int, Field(ge=1, le=120_000)] = 2000
    fail: Fail = "closed"
    """Whether a text passes where there is no verdict: `open` lets it."""
    default_on: bool = False
    """For every call; else for those of routes, keys and requests that name it."""
    stream: How | None = None
    """How it looks at a stream: in a window that is held back, at all of it before anything is
    sent, or after it was sent, to flag it only."""
    log_blocked: bool = True
    """Whether a text that was blocked is recorded."""
    message: Annotated[str, Field(max_length=1000)] = ""
    """What a client is told of a text that was blocked."""

    def check(self, asks: Asks) -> Check:
        """How it looks. Raises ValueError."""
        raise NotImplementedError

    @property
    def modes(self) -> tuple[Mode, ...]:
        """When it looks."""
        return (self.mode,) if isinstance(self.mode, str) else tuple(self.mode)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What it looks at."""
        if "logging_only" in self.modes:
            return ("input", "output")
        found: list[Stage] = []
        if {"pre_call", "during_call"} & set(self.modes):
            found.append("input")
        if "post_call" in self.modes:
            found.append("output")
        return tuple(found)

    @model_validator(mode="after")
    def _fits(self) -> _Guardrail:
        if not self.modes:
            raise ValueError("mode: say when it looks")
        if "logging_only" in self.modes and len(self.modes) > 1:
            raise ValueError("mode: logging_only stands alone")
        if self.on_violation == "retry" and self.stages != ("output",):
            raise ValueError("on_violation retry: only an answer can be asked for again")
        if "during_call" in self.modes and self.on_violation == "mask":
            raise ValueError("mode during_call: the model has read what would be masked")
        if self.on_violation == "mask" and not self.finds:
            raise ValueError("on_violation mask: it finds no places that could be masked")
        if self.stream == "window" and not self.finds:
            raise ValueError("stream window: it looks at whole texts: choose buffer or after")
        if self.stream == "after" and self.on_violation != "flag":
            raise ValueError("stream after: what was sent can only be flagged")
        return self

    @property
    def finds(self) -> bool:
        """Whether it finds places in texts, rather than judging them whole."""
        return True

    def made(self, name: str, asks: Asks) -> Guardrail:
        """The guardrail. Raises ValueError saying what is wrong with it."""
        action: Action = "flag" if "logging_only" in self.modes else self.on_violation
        check = self.check(asks)
        whole = check.find is None or action == "retry"
        how: How = ("after" if action == "flag" else "buffer") if whole else "window"
        written = orjson.dumps([name, self.model_dump(mode="json")], option=orjson.OPT_SORT_KEYS)
        return Guardrail(
            name=name,
            type=str(getattr(self, "type", "")),
            check=check,
            digest=hashlib.sha256(written).hexdigest()[:16],
            stages=self.stages,
            action=action,
            is_beside="during_call" in self.modes,
            is_late="logging_only" in self.modes,
            roles=tuple(self.applies.roles),
            share=self.sample_rate,
            timeout_s=self.timeout_ms / 1000,
            fail="open" if "logging_only" in self.modes else self.fail,
            is_everywhere=self.default_on,
            # What somebody else's code takes must not keep a server from its other streams.
            streaming="buffer" if check.threads and how == "window" else self.stream or how,
            restores=bool(getattr(self, "restore", False)),
            most_retries=int(getattr(self, "attempts", 1)),
            logs_blocked=self.log_blocked,
            message=self.message,
        )


class _Finding(_Guardrail):
    """One that finds places, and may mask them."""

    restore: bool = False
    """Whether what was masked of a request is put back where the answer names it."""
    attempts: Annotated[int, Field(ge=1, le=2)] = 1
    """How often the model is asked again, with `on_violation: retry`."""


class RegexGuardrail(_Finding):
    """Forbids what patterns of RE2 find; a pattern's name stands in the place of what is masked."""

    type: Literal["regex"]
    mode: list[Mode] | Mode = ["pre_call", "post_call"]
    patterns: Annotated[dict[Name, Text], Field(min_length=1, max_length=100)]
    ignore_case: bool = False
    window: Annotated[int, Field(ge=1, le=4096)] = 128
    """Characters of a stream that are held back: as many as the longest match has."""

    def check(self, asks: Asks) -> Check:
        return patterns.patterns(self.patterns, ignores_case=self.ignore_case, window=self.window)


class WordsGuardrail(_Finding):
    """Forbids words and phrases, in any case."""

    type: Literal["words"]
    mode: list[Mode] | Mode = ["pre_call", "post_call"]
    words: Annotated[Texts, Field(min_length=1)]

    def check(self, asks: Asks) -> Check:
        return patterns.words(self.words)


class PiiGuardrail(_Finding):
    """Finds personal data by form and check digits: e-mail, phone, card, IBAN, identity numbers."""

    type: Literal["pii"]
    mode: list[Mode] | Mode = ["pre_call", "post_call"]
    on_violation: Action = "mask"
    restore: bool = True
    kinds: list[str] = list(_PERSONAL)

    def check(self, asks: Asks) -> Check:
        return patterns.detectors(self.kinds)


class SecretsGuardrail(_Finding):
    """Finds keys, tokens and passwords."""

    type: Literal["secrets"]
    mode: list[Mode] | Mode = ["pre_call", "post_call"]
    high_entropy: bool = False
    """Also long tokens that look drawn by lot, among which are harmless ones."""

    def check(self, asks: Asks) -> Check:
        return patterns.detectors([*_SECRET, *(["high_entropy"] if self.high_entropy else [])])


class UrlGuardrail(_Finding):
    """Forbids addresses of hosts that are not allowed."""

    type: Literal["url"]
    mode: list[Mode] | Mode = "post_call"
    allowed: Texts = []
    """Hosts; those below them are allowed, too."""

    def check(self, asks: Asks) -> Check:
        return patterns.links(self.allowed)


class LengthGuardrail(_Finding):
    """Bounds a text; masking cuts it off."""

    type: Literal["length"]
    mode: list[Mode] | Mode = "pre_call"
    max_characters: Annotated[int, Field(ge=1, le=100_000_000)]

    def check(self, asks: Asks) -> Check:
        return patterns.length(self.max_characters)


class _Whole(_Guardrail):
    """One that judges a text as a whole."""

    timeout_ms: Annotated[int, Field(ge=1, le=120_000)] = _WHOLE_TIMEOUT_MS
    attempts: Annotated[int, Field(ge=1, le=2)] = 1

    @property
    def finds(self) -> bool:
        return False


class JsonSchemaGuardrail(_Whole):
    """Wants an answer to be JSON of a schema."""

    type: Literal["json_schema"]
    mode: list[Mode] | Mode = "post_call"
    on_violation: Action = "retry"
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    """None for that of the request's `response_format`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    def check(self, asks: Asks) -> Check:
        return shape.json_schema(self.schema_)


class TopicGuardrail(_Whole):
    """Keeps to topics, or off them, by the nearness of vectors or a model's judgement."""

    type: Literal["topic"]
    mode: list[Mode] | Mode = "pre_call"
    applies: Applies = Applies(roles=["user"])
    allowed: dict[Text, Texts] = {}
    denied: dict[Text, Texts] = {}
    """Each topic with examples of what one says about it."""
    threshold: Annotated[float, Field(ge=-1, le=1)] = 0.4
    """From this cosine on a text is about a topic."""
    embedder: Text = "local"
    """`local`, `hash:384`, or a route for embeddings."""
    model: Text | None = None
    """A route that judges instead."""

    def check(self, asks: Asks) -> Check:
        return topics.topics(
            asks,
            allowed=self.allowed,
            denied=self.denied,
            threshold=self.threshold,
            embedder=self.embedder,
            model=self.model,
        )


class PromptInjectionGuardrail(_Whole):
    """Looks for instructions that somebody smuggles in, in messages of users and documents."""

    type: Literal["prompt_injection"]
    mode: list[Mode] | Mode = "pre_call"
    applies: Applies = Applies(roles=["user", "tool"])
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.5
    model: Text | None = None
    """A route that judges what the heuristics suspect."""
    judge_all: bool = False
    """Whether it judges everything."""

    def check(self, asks: Asks) -> Check:
        return injection.prompt_injection(
            asks, threshold=self.threshold, model=self.model, always=self.judge_all
        )


class JudgeGuardrail(_Whole):
    """Asks a model."""

    type: Literal["llm_judge"]
    mode: list[Mode] | Mode = "post_call"
    model: Text
    """A route of the gateway."""
    rule: Annotated[str | None, Field(max_length=10_000)] = None
    """What must not hold for a text."""
    rubric: str | None = None
    """Or a judge of the evaluation library: toxicity_label, refusal, politeness …"""
    threshold: float | None = None

    def check(self, asks: Asks) -> Check:
        return judged.llm_judge(
            asks,
            model=self.model,
            rule=self.rule,
            rubric=self.rubric,
            threshold=self.threshold,
        )


class EvaluatorGuardrail(_Whole):
    """Asks an evaluator that the server keeps."""

    type: Literal["evaluator"]
    mode: list[Mode] | Mode = "post_call"
    evaluator: Text
    """Its id, or its name."""

    def check(self, asks: Asks) -> Check:
        return others.evaluator(asks, self.evaluator, self.timeout_ms / 1000)


class RuleGuardrail(_Whole):
    """Asks a guard of online evaluation, with its own latency, budget and failing."""

    type: Literal["rule"]
    mode: list[Mode] | Mode = "post_call"
    rule: Text
    """Its id, or its name."""

    def check(self, asks: Asks) -> Check:
        return others.rule(asks, self.rule)


class PythonGuardrail(_Finding):
    """Code that an installed package offers as an entry point of `pilothouse.guardrails`."""

    type: Literal["python"]
    mode: list[Mode] | Mode = ["pre_call", "post_call"]
    entry_point: Name
    options: dict[str, Any] = {}
    window: Annotated[int, Field(ge=1, le=4096)] = 128

    def check(self, asks: Asks) -> Check:
        found = others.python(self.entry_point, self.options, self.window)
        if found.find is None and self.on_violation == "mask":
            raise ValueError("on_violation mask: this code finds no places")
        return found


GuardrailConfig = Annotated[
    RegexGuardrail | WordsGuardrail | PiiGuardrail | SecretsGuardrail | UrlGuardrail
    | LengthGuardrail | JsonSchemaGuardrail | TopicGuardrail | PromptInjectionGuardrail
    | JudgeGuardrail | EvaluatorGuardrail | RuleGuardrail | PythonGuardrail,
    Field(discriminator="type"),
]  # fmt: skip
NameOf: Final[TypeAdapter[str]] = TypeAdapter(Name)
Read: Final[TypeAdapter[GuardrailConfig]] = TypeAdapter(GuardrailConfig)
BUILTIN: Final[Mapping[str, dict[str, Any]]] = {
    "pii": {"type": "pii"},
    "secrets": {"type": "secrets"},
    "injection": {"type": "prompt_injection"},
    "json": {"type": "json_schema"},
}
"""There without being configured; one of the same name takes its place."""


def read(given: Mapping[str, Any]) -> GuardrailConfig:
    """A guardrail as it was written. Raises ValueError with a line a problem."""
    try:
        return Read.validate_python(dict(given))
    except ValidationError as error:
        raise ValueError("; ".join(told(error))) from None


def told(error: ValidationError) -> list[str]:
    """What is wrong, a line each."""
    return [
        f"{'.'.join(str(part) for part in each['loc'][1:]) or 'guardrail'}: {each['msg']}"
        for each in error.errors()
    ]
