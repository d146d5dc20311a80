"""The forms that verdicts have: what a model is asked to write, and the check of what it wrote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Protocol

import orjson

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.judges.grammars import last_verdict, without_reasoning
from pilothouse.evaluation.results import Number

_FENCED: Final = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL)
_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


_JSON: Final = json.JSONDecoder(parse_constant=_no_number)


class Invalid(Exception):
    """An answer that keeps not to its form; the message is shown to the model."""


class NotJson(Invalid):
    """An answer that is no JSON object at all: nothing held the model to the schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The verdict on one of several things."""

    item: str
    label: str
    explanation: str | None = None
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a judge said, checked."""

    explanation: str | None = None
    label: str | None = None
    score: Number | None = None
    items: Sequence[Item] = ()
    texts: Sequence[str] = ()
    value: Mapping[str, Any] = field(default_factory=dict)
    """The object as it was written."""

    def worth(self, score: Number | None) -> Said:
        """The same with another score; `replace` would take four times as long, once a row."""
        return Said(
            explanation=self.explanation,
            label=self.label,
            score=score,
            items=self.items,
            texts=self.texts,
            value=self.value,
        )


class Form(Protocol):
    """One form of verdicts."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of an answer, the explanation first: it conditions the verdict."""

    @property
    def in_words(self) -> str:
        """How to answer in plain text, for models that nothing holds to a schema."""

    def checked(self, value: Mapping[str, Any]) -> Said:
        """What an answer says. Raises Invalid."""

    def read(self, text: str) -> Said:
        """What a plain text says. Raises Invalid."""


@dataclass(frozen=True)
class Labels:
    """One label of several."""

    labels: Sequence[str]

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """`explanation`, then `label`."""
        return closed({"explanation": _TEXT, "label": {"type": "string", "enum": [*self.labels]}})

    @property
    def in_words(self) -> str:
        """The reasons, then a last line with the label."""
        return _IN_WORDS.format(what=f"one of: {', '.join(self.labels)}")

    def checked(self, value: Mapping[str, Any]) -> Said:
        """The label, which must be one of those asked for, letter by letter."""
        explanation, label = _fields(value, "explanation", "label")
        if label not in self.labels:
            raise Invalid(f"label is {label!r}, but must be one of: {', '.join(self.labels)}")
        return Said(explanation=_text(explanation), label=label, value=value)

    def read(self, text: str) -> Said:
        """The label in the last line."""
        said = last_verdict(text, self.labels)
        if said is None:
            raise Invalid(f"the last line must name one of: {', '.join(self.labels)}")
        return Said(explanation=_before_last(text), label=said)


@dataclass(frozen=True)
class Rating:
    """A number within a range."""

    low: float
    high: float
    whole: bool = True

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """`explanation`, then `score`."""
        score: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        if self.whole and self.high - self.low <= 20:  # bounds are not known to all servers
            score["enum"] = list(range(int(self.low), int(self.high) + 1))
        return closed({"explanation": _TEXT, "score": score})

    @property
    def in_words(self) -> str:
        """The reasons, then a last line with the number."""
        return _IN_WORDS.format(what=self._range)

    @property
    def _range(self) -> str:
        return f"{'a whole' if self.whole else 'a'} number from {self.low:g} to {self.high:g}"

    def checked(self, value: Mapping[str, Any]) -> Said:
        """The number, which is not moved into the range where it is outside."""
        explanation, score = _fields(value, "explanation", "score")
        return Said(explanation=_text(explanation), score=self._number(score), value=value)

    def read(self, text: str) -> Said:
        """The number in the last line."""
        said = last_verdict(text)
        if said is None or not _DECIMAL.fullmatch(said):
            raise Invalid(f"the last line must be {self._range}")
        number = float(said) if "." in said else int(said)
        return Said(explanation=_before_last(text), score=self._number(number))

    def _number(self, score: Any) -> Number:
        fits = isinstance(score, int if self.whole else (int, float)) and not isinstance(
            score, bool
        )
        if not fits or not math.isfinite(score) or not self.low <= score <= self.high:
            raise Invalid(f"score is {score!r}, but must be {self._range}")
        number: Number = score
        return number


@dataclass(frozen=True)
class Verdicts:
    """A label for each of several things, by their ids."""

    ids: Sequence[str]
    labels: Sequence[str]
    evidence: Sequence[str] = ()
    """Ids of what a verdict may rest on; where there are any, each verdict names its own."""

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """`verdicts`, each with `item`, `explanation`, its `evidence` if any, and `label`."""
        cited = {"type": "array", "items": {"type": "string", "enum": [*self.evidence]}}
        one = closed(
            {
                "item": {"type": "string", "enum": [*self.ids]},
                "explanation": _TEXT,
                **({"evidence": cited} if self.evidence else {}),
                "label": {"type": "string", "enum": [*self.labels]},
            }
        )
        return closed({"verdicts": {"type": "array", "items": one}})

    @property
    def in_words(self) -> str:
        """The same as JSON: no line of text holds a list."""
        return _AS_JSON.format(schema=json.dumps(self.schema))

    def checked(self, value: Mapping[str, Any]) -> Said:
        """One verdict for each id that was asked of, and no other."""
        (listed,) = _fields(value, "verdicts")
        if not isinstance(listed, list):
            raise Invalid("verdicts must be a list")
        items = [self._item(one) for one in listed]
        by_id = {item.item: item for item in items}
        if len(by_id) != len(items) or by_id.keys() != set(self.ids):
            missing = ", ".join(id for id in self.ids if id not in by_id) or "none"
            raise Invalid(
                f"there must be one verdict for each of {', '.join(self.ids)}; got {len(items)}, "
                f"missing: {missing}"
            )
        return Said(items=[by_id[id] for id in self.ids], value=value)

    def _item(self, one: Any) -> Item:
        names = ("item", "explanation", "label")
        item, explanation, label, *rest = _fields(
            one, *names, *(("evidence",) if self.evidence else ())
        )
        if label not in self.labels:
            raise Invalid(
                f"{item}: label is {label!r}, but must be one of {', '.join(self.labels)}"
            )
        cited = rest[0] if rest else []
        if not isinstance(cited, list) or any(id not in self.evidence for id in cited):
            raise Invalid(f"{item}: evidence must name some of {', '.join(self.evidence)}")
        return Item(
            item=_text(item), label=label, explanation=_text(explanation), evidence=tuple(cited)
        )

    def read(self, text: str) -> Said:
        """The object in a text that is nothing else."""
        return self.checked(parsed(text))


@dataclass(frozen=True)
class Texts:
    """A list of texts, `least` of them or more."""

    name: str
    least: int = 0

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The list by its name."""
        return closed({self.name: {"type": "array", "items": _TEXT}})

    @property
    def in_words(self) -> str:
        """The same as JSON."""
        return _AS_JSON.format(schema=json.dumps(self.schema))

    def checked(self, value: Mapping[str, Any]) -> Said:
        """The texts, none of them empty."""
        (listed,) = _fields(value, self.name)
        if not isinstance(listed, list) or len(listed) < self.least:
            raise Invalid(f"{self.name} must be a list of {self.least} texts or more")
        if not all(_text(one).strip() for one in listed):
            raise Invalid(f"{self.name} must hold no empty text")
        return Said(texts=tuple(listed), value=value)

    def read(self, text: str) -> Said:
        """The list in a text that is nothing else."""
        return self.checked(parsed(text))


@dataclass(frozen=True)
class Shaped:
    """Whatever a JSON schema says; `score`, `label` and `explanation` are taken where they are."""

    schema: Mapping[str, Any]

    @property
    def in_words(self) -> str:
        """The same as JSON."""
        return _AS_JSON.format(schema=json.dumps(self.schema))

    @cached_property
    def _validator(self) -> Any:
        jsonschema = required("jsonschema")
        kind = jsonschema.validators.validator_for(self.schema)
        kind.check_schema(self.schema)
        return kind(self.schema)

    def checked(self, value: Mapping[str, Any]) -> Said:
        """The object, if the schema allows it."""
        for error in self._validator.iter_errors(value):
            raise Invalid(f"{error.json_path}: {error.message}")
        score, label = value.get("score"), value.get("label")
        explanation = value.get("explanation", value.get("reasoning"))
        return Said(
            explanation=explanation if isinstance(explanation, str) else None,
            score=score if isinstance(score, int | float) else None,
            label=label if isinstance(label, str) else None,
            value=value,
        )

    def read(self, text: str) -> Said:
        """The object in a text that is nothing else."""
        return self.checked(parsed(text))


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object that has these properties, all of them and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _decoded(text: str) -> Any:
    """The value of a JSON text. Raises ValueError with what is wrong, in the words of `json`."""
    try:
        return orjson.loads(text)
    except ValueError:  # half a surrogate pair is none to orjson, and may stand in an explanation
        return _JSON.decode(text)


def parsed(text: str) -> Mapping[str, Any]:
    """The one JSON object that a text is, thoughts and a fence aside. Raises Invalid."""
    text = without_reasoning(text).strip()
    fenced = _FENCED.fullmatch(text) if text.startswith("```") else None
    try:
        value = _decoded(fenced[1] if fenced else text)
    except ValueError as e:
        raise NotJson(f"this is no JSON: {e}") from None
    if isinstance(value, list):
        raise Invalid("the answer must be one JSON object, not a list")
    if not isinstance(value, dict):
        raise NotJson("the answer must be one JSON object")
    return value


_TEXT: Final = {"type": "string"}
_IN_WORDS: Final = (
    "Write your reasons first. Then end with a line of its own that says `Verdict:` and {what}."
)
_AS_JSON: Final = (
    "Answer with one JSON object that keeps to this schema, and nothing else: {schema}"
)


def _fields(value: Any, *names: str) -> list[Any]:
    if not isinstance(value, Mapping) or value.keys() != set(names):
        has = ", ".join(map(str, value)) if isinstance(value, Mapping) else type(value).__name__
        raise Invalid(f"the fields must be exactly {', '.join(names)}; got {has or 'none'}")
    return [value[name] for name in names]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{value!r} must be a text")
    return value


def _before_last(text: str) -> str | None:
    """The reasons, which stand before the verdict."""
    lines = without_reasoning(text).rstrip().splitlines()
    return "\n".join(lines[:-1]).strip() or None
