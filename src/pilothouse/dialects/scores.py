"""Verdicts that travel with telemetry: annotations on spans, evaluation events and records."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Final, Literal

from pilothouse.dialects.events import EVALUATION, event_name
from pilothouse.dialects.plan import indexed
from pilothouse.dialects.table import FEEDBACK_PREFIXES, PLANNER
from pilothouse.spans.model import Attributes, Fields, LogRecord, Score, Source
from pilothouse.spans.parsing import amount, dumps, identifier, js, parsed, text_of

Giver = Literal["human", "judge", "code", "end_user"]

_GIVERS: Final[dict[str, Giver]] = {
    "HUMAN": "human",
    "LLM": "judge",
    "CODE": "code",
    "USER": "end_user",
    "END_USER": "end_user",
}


def scores_of(source: Source, fields: Fields) -> list[Score]:
    """The verdicts recorded on a span: inline feedback and evaluation events."""
    found: list[Score] = []
    plan = PLANNER.plan(source.scope_name, source.attributes)
    if plan.fields["feedback"]:
        for prefix in FEEDBACK_PREFIXES:
            for number, keys in indexed(plan.groups.get(prefix, ()), prefix):
                score = _feedback(source, fields, prefix, number, keys)
                if score is not None:
                    found.append(score)
    for event in source.events:
        if event.name == EVALUATION:
            score = _evaluation(source.project, event.attributes, event.time_ns)
            if score is not None:
                answer = identifier(event.attributes.get("gen_ai.response.id"))
                if answer and answer != fields.response_id:
                    score.response_id = answer  # the event judges what another span answered
                else:
                    score.trace_id, score.span_id = source.trace_id, source.span_id
                found.append(_identified(score, source.trace_id, source.span_id, event.time_ns))
    return found


def scores_of_log(record: LogRecord) -> list[Score]:
    """The verdict in a log record: on the span it names, else on the answer that it names."""
    if event_name(record) != EVALUATION:
        return []
    attributes = record.attributes
    if type(record.body) is dict:
        attributes = {**record.body, **attributes}
    score = _evaluation(record.project, attributes, record.time_ns)
    if score is None:
        return []
    score.trace_id, score.span_id = record.trace_id, record.span_id if record.trace_id else ""
    if not score.span_id:
        score.response_id = identifier(attributes.get("gen_ai.response.id"))
    if not (score.trace_id or score.response_id):
        score.session_id = identifier(attributes.get("session.id"))
    if not (score.trace_id or score.response_id or score.session_id):
        return []
    return [_identified(score, record.time_ns, score.value, score.label, score.comment)]


# ------------------------------------------------------------------------------------ evaluations


def _evaluation(project: str, a: Attributes, time_ns: int) -> Score | None:
    name = a.get("gen_ai.evaluation.name")
    if type(name) is not str or not name:
        return None
    score = Score(
        id="",
        project=project,
        name=name,
        value=_value(a.get("gen_ai.evaluation.score.value")),
        label=_label(a.get("gen_ai.evaluation.score.label")),
        comment=_label(a.get("gen_ai.evaluation.explanation")),
        evaluator_version=identifier(a.get("gen_ai.evaluation.evaluator.version")),
        created_at_ns=time_ns,
    )
    for key in ("gen_ai.evaluation.target", "gen_ai.evaluation.evaluator.source"):
        if a.get(key):
            score.metadata[key.removeprefix("gen_ai.evaluation.")] = parsed(a[key])
    evaluator = text_of(score.metadata.get("evaluator.source"))
    if "judge" in evaluator.lower():
        score.source = "judge"
    if score.value is None and not score.label:
        error = text_of(a.get("error.type"))
        if not error:
            return None
        score.status = "error"
        score.error = score.comment or error
        score.metadata["error.type"] = error
    return score


# --------------------------------------------------------------------------------------- feedback


def _feedback(
    source: Source, fields: Fields, prefix: str, number: int, keys: dict[str, str]
) -> Score | None:
    noun = "annotation" if "annotations" in prefix else "evaluation"
    a = {rest.removeprefix(noun + "."): source.attributes[key] for rest, key in keys.items()}
    name = a.get("name")
    if type(name) is not str or not name:
        return None
    kind = a.get("annotator_kind")
    given = _GIVERS.get(kind.upper()) if type(kind) is str else None
    metadata = js(a.get("metadata"))
    score = Score(
        id="",
        project=source.project,
        name=name,
        value=_value(a.get("score")),
        label=_label(a.get("label")),
        comment=_label(a.get("explanation")),
        source=given or ("human" if noun == "annotation" else "code"),
        identifier=identifier(a.get("identifier")),
        created_at_ns=source.end_ns or source.start_ns,
        metadata=metadata if type(metadata) is dict else {},
    )
    if score.value is None and not score.label and not score.comment:
        return None
    trace_id, span_id = source.trace_id, source.span_id
    if len(source.links) == 1 and _is_carrier(source, fields):
        trace_id, span_id = source.links[0].trace_id, source.links[0].span_id
    if prefix.startswith("session."):
        score.session_id = fields.session_id
        if not score.session_id:
            return None
    elif prefix.startswith("trace."):
        score.trace_id = trace_id
    else:
        score.trace_id, score.span_id = trace_id, span_id
        return _identified(score, source.trace_id, source.span_id, noun, number)
    # said by many spans of a trace, a verdict on the whole is still one
    return _identified(score, score.source, score.value, score.label, score.comment)


def _is_carrier(source: Source, fields: Fields) -> bool:
    """Whether a span exists only to bring feedback about the span that it links to."""
    return fields.kind == "evaluator" and not (
        fields.input or fields.output or fields.usage or fields.model
    )


# ------------------------------------------------------------------------------------------- both


def _identified(score: Score, *distinction: Any) -> Score:
    """The score under an id that the same verdict sent again will have again.

    Its identifier tells it from other verdicts of that name on the same target; where there is
    none, `distinction` does.
    """
    target = [score.project, score.trace_id, score.span_id, score.session_id, score.response_id]
    seed = dumps([*target, score.name, *((score.identifier,) if score.identifier else distinction)])
    digest = hashlib.blake2b(seed.encode(errors="replace"), digest_size=16).digest()
    score.id = str(uuid.UUID(bytes=digest))
    return score


def _value(value: Any) -> float | None:
    if type(value) is bool:
        return float(value)
    return amount(value) if type(value) in (int, float) else None


def _label(value: Any) -> str:
    return value if type(value) is str else ""
