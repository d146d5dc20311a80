"""The evaluators that come with the server, by name, each with its options and what it reads."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from pilothouse.detectors import ALL_DETECTORS
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.models import ChatModel, Completion, FunctionModel
from pilothouse.platform.errors import BadRequest

Options = Mapping[str, Any]  # Any: JSON, as the schema of the entry has it
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT, "minItems": 1}
PATTERN_S: Final = 1.0
"""What somebody's pattern may take on one text: some would take for ever."""
_FLAG: Final = {"type": "boolean", "default": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One evaluator of the catalogue."""

    name: str
    make: Callable[..., Evaluator]
    """By its options and by `name` and `mapping`; a judged one by its model before these."""
    description: str
    needs: tuple[str, ...]
    """The fields that a row must have."""
    options: Options = field(default_factory=dict)
    """The schemas of its options."""
    required: tuple[str, ...] = ()
    judged: bool = False

    @property
    def title(self) -> str:
        """The name as people write it."""
        return self.name.replace("_", " ").capitalize()

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of all options; a judged one asks for its model there too."""
        properties = dict(self.options)
        required = list(self.required)
        if self.judged:
            model = {**_TEXT, "title": "Model", "description": "provider/model"}
            properties, required = {"model": model, **properties}, ["model", *required]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }


@functools.cache
def catalogue() -> Mapping[str, Entry]:
    """Everything there is, by name: what computes first."""
    entries = [*_computed(), *_rubrics(), *_judged()]
    return {entry.name: entry for entry in entries}


def entry(name: str) -> Entry:
    """The entry of a name. Raises BadRequest with the nearest one."""
    found = catalogue().get(name)
    if found is not None:
        return found
    near = difflib.get_close_matches(name, catalogue(), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise BadRequest(f"there is no built-in evaluator {name!r}{hint}", {"field": "metric"})


def checked_options(found: Entry, options: Options) -> None:
    """Raise BadRequest for options that the schema of the entry does not have."""
    import jsonschema

    try:
        jsonschema.validate(dict(options), found.schema)
    except jsonschema.ValidationError as error:
        where = ".".join(str(part) for part in ("definition.options", *error.absolute_path))
        raise BadRequest(f"{where}: {error.message}", {"field": where}) from None


def _computed() -> list[Entry]:
    ignoring = ("ignore_case", "ignore_punctuation", "ignore_numbers")
    distances = ["levenshtein", "damerau_levenshtein", "jaro", "jaro_winkler", "hamming", "indel"]
    return [
        _entry("json_texts", "JsonValidity"),
        _given(
            "json_texts", "JsonSchema", "schema", {"type": "object", "description": "JSON schema"}
        ),
        _given(
            "strings",
            "RegexMatch",
            "pattern",
            {**_TEXT, "description": "What the text has to match"},
            {"timeout_s": PATTERN_S},
            mode=_choice("match", "search", "fullmatch"),
        ),
        _entry("steps", "LoopDetection"),
        _entry("quotes", "QuotedSpans"),
        _entry("strings", "ExactMatch", options=dict.fromkeys(ignoring, _FLAG)),
        _entry(
            "strings",
            "StringDistance",
            name="string_distance",
            options={"distance": _choice(*distances, at=3)},
        ),
        _entry("json_match", "LevenshteinSimilarity"),
        _entry("json_texts", "JsonEquality", options={"repair": _FLAG}),
        _entry("json_texts", "JsonEditDistance", options={"repair": _FLAG}),
        _entry("strings", "SquadF1"),
        _entry(
            "texts",
            "SentenceScore",
            name="sentence_score",
            options={"metric": _choice("bleu", "chrf", "chrf++", "ter")},
        ),
        _entry(
            "texts",
            "Rouge",
            name="rouge",
            options={
                "kind": _choice("rouge1", "rouge2", "rougeL", "rougeLsum", at=2),
                "stemmer": _FLAG,
            },
        ),
        _entry("texts", "Meteor"),
        _entry("texts", "Gleu"),
        _entry("tool_calls", "ToolCalls"),
        _entry("tool_schemas", "ToolSchemas"),
        _entry(
            "trajectories",
            "TrajectoryMatch",
            name="trajectory_match",
            options={
                "mode": _choice("strict", "unordered", "subset", "superset"),
                "arguments": _choice("exact", "ignore", "subset", "superset"),
            },
        ),
        *_code_and_sql(),
        *_safety(),
    ]


def _code_and_sql() -> list[Entry]:
    dialect = {**_TEXT, "description": "SQL dialect, as sqlglot names it"}
    return [
        _entry("code", "CodeParses"),
        _entry("code", "CodeChecks", options={"warnings": _FLAG}),
        _entry("code", "CodeRuns"),
        _entry("code", "TestsPass"),
        _entry("sql", "SqlParses", options={"dialect": dialect}),
        _entry("sql", "SqlColumns", options={"dialect": dialect}),
        _entry(
            "sql",
            "SqlExecution",
            options={
                "databases": {**_TEXTS, "description": "SQL scripts that make the databases"},
                "dialect": dialect,
                "tolerance": {"type": "number", "minimum": 0, "default": 1e-6},
            },
            required={"databases": [""]},
        ),
    ]


def _safety() -> list[Entry]:
    return [
        _entry("privacy", "SensitiveData", options=_private()),
        _entry("attacks", "AttackSuccess"),
        _entry(
            "attacks",
            "PromptLeak",
            options={"letters": {"type": "integer", "minimum": 1, "default": 50}},
        ),
    ]


def _private() -> dict[str, Any]:
    kinds = {"type": "array", "items": {"enum": list(ALL_DETECTORS)}, "minItems": 1}
    allowed = {"type": "array", "items": _TEXT, "description": "Values that may be told"}
    return {"kinds": kinds, "allowed": allowed, "polarity": _choice("leak", "safe")}


def _rubrics() -> list[Entry]:
    from pilothouse.evaluation.judged import RUBRICS, label_judge

    return [
        Entry(
            name=name,
            make=functools.partial(label_judge, name),
            description=rubric.question,
            needs=tuple(rubric.reads),
            judged=True,
        )
        for name, rubric in RUBRICS.items()
    ]


def _judged() -> list[Entry]:
    plain = (
        "Faithfulness", "Hallucination", "AnswerRelevancy", "ContextRelevancy", "ContextRecall",
        "ContextPrecision", "ContextEntityRecall", "AnswerAccuracy", "NoiseSensitivity", "Bias",
        "Toxicity", "KnowledgeRetention", "RoleAdherence", "TurnRelevancy",
        "ConversationCompleteness", "Summarization", "ArgumentCorrectness", "ToolCallEfficiency",
    )  # fmt: skip
    modes = _choice("f1", "precision", "recall")
    entries = [_of_model("judged", name) for name in plain]
    entries += [_of_model("judged", name, mode=modes) for name in ("FactualCorrectness",)]
    entries.append(_of_model("judged", "TopicAdherence", mode=modes))
    order = _choice("any", "in_order", "exact")
    entries.append(_of_model("judged", "ToolCorrectness", order=order, arguments=_FLAG))
    entries.append(_of_model("judged", "PersonalData", **_private()))
    entries.append(_of_model("judges", "GEval", required=("criteria",), criteria=_TEXT))
    entries.append(_of_model("judges", "Guidelines", required=("guidelines",), guidelines=_TEXTS))
    return entries


def _choice(*values: str, at: int = 0) -> dict[str, Any]:
    return {"type": "string", "enum": list(values), "default": values[at]}


def _entry(
    module: str,
    kind: str,
    /,
    *,
    name: str | None = None,
    options: Options | None = None,
    required: Options | None = None,
) -> Entry:
    """An evaluator that computes; `name` where its own depends on its options.

    `required` are options that it must have, with values that do to find out what it reads.
    """
    made = getattr(import_module(f"pilothouse.evaluation.metrics.{module}"), kind)
    return Entry(
        name=name or made.name,
        make=made,
        description=_first_line(made),
        needs=made(**(required or {})).required,
        options=options or {},
        required=tuple(required or ()),
    )


def _given(
    module: str,
    kind: str,
    option: str,
    schema: Options,
    fixed: Options | None = None,
    /,
    **options: Any,
) -> Entry:
    """An evaluator whose reference is the same for all rows: one of its options."""
    made = getattr(import_module(f"pilothouse.evaluation.metrics.{module}"), kind)

    def make(*, mapping: Mapping[str, Any] | None = None, **given: Any) -> Evaluator:
        reference = given.pop(option)
        found: Evaluator = made(
            mapping={**(mapping or {}), "reference_outputs": lambda _row: reference},
            **(fixed or {}),
            **given,
        )
        return found

    return Entry(
        name=made.name,
        make=make,
        description=_first_line(made),
        needs=tuple(name for name in made().required if name != "reference_outputs"),
        options={option: schema, **options},
        required=(option,),
    )


def _of_model(
    module: str, kind: str, /, *, required: tuple[str, ...] = (), **options: Any
) -> Entry:
    made = getattr(import_module(f"pilothouse.evaluation.{module}"), kind)
    sample = {"criteria": "-", "guidelines": ["-"]}
    given = {name: sample[name] for name in required}
    return Entry(
        name=made.name,
        make=lambda model, **rest: made(model=model, **rest),
        description=_first_line(made),
        needs=made(model=_nobody(), **given).required,
        options=options,
        required=required,
        judged=True,
    )


def _first_line(made: type[Evaluator]) -> str:
    return (made.__doc__ or "").strip().partition("\n")[0]


def _nobody() -> ChatModel:
    """A model that is never asked: what an evaluator reads does not depend on it."""

    def answer(_messages: Any) -> Completion:
        raise AssertionError("nobody asks this model")

    return FunctionModel(answer)
