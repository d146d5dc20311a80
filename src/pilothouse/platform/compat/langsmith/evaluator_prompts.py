"""Definitions of LangSmith's evaluators: a prompt with its model, or a function of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.prompts.manifest import PROVIDERS, model_of, plain, texts, variables
from pilothouse.platform.prompts.rendering import rendered
from pilothouse.platform.providers.models import Provider

Json = dict[str, Any]
_ADAPTER: Final = '''


def evaluate(inputs=None, outputs=None, reference_outputs=None, metadata=None):
    """Asks `perform_eval` of the run, as LangSmith does."""
    run = {"inputs": inputs, "outputs": outputs, "extra": {"metadata": metadata or {}}}
    if perform_eval.__code__.co_argcount > 1:
        example = None if reference_outputs is None else {"outputs": reference_outputs}
        said = perform_eval(run, example)
    else:
        said = perform_eval(run)
    if not isinstance(said, dict) or {"score", "value", "key", "results"} & said.keys():
        return said
    return [
        {"key": key, "value" if isinstance(value, str) else "score": value}
        for key, value in said.items()
    ]
'''
_OURS: Final = {
    "input": "inputs",
    "inputs": "inputs",
    "output": "outputs",
    "outputs": "outputs",
    "reference": "reference_outputs",
    "referenceOutput": "reference_outputs",
    "reference_output": "reference_outputs",
    "reference_outputs": "reference_outputs",
    "all_messages": "messages",
}
"""What LangSmith's paths begin with, and what evaluators here read."""
_MARK: Final = "\ue000{}\ue001"
"""Stands for a variable while a template is filled in; signs that no prompt has."""


def code_definition(code: str, language: str) -> Json:
    """The definition of a function of a run. Raises Unprocessable for another language."""
    if language.lower() != "python":
        raise Unprocessable(f"code evaluators are written in Python here, not in {language}")
    return {"source": code + _ADAPTER if "def perform_eval" in code else code}


def judge_definition(
    manifest: Json, mapping: Mapping[str, Any], providers: Sequence[Provider]
) -> Json:
    """The definition of a judge by a prompt of the hub. Raises Unprocessable, BadRequest."""
    prompt = plain(manifest)
    named = variables(prompt["messages"], prompt["template_format"])
    values = {name: _MARK.format(_variable(name, mapping)) for name in named}
    said = "\n\n".join(
        text for message in rendered(prompt, values) for text in texts(message["content"])
    )
    escaped = said.replace("{", "{{").replace("}", "}}")
    before, after = _MARK.split("{}")
    return {
        "model": _model(manifest, providers),
        "prompt": escaped.replace(before, "{").replace(after, "}"),
        **_output(prompt.get("schema") or {}),
    }


def _variable(name: str, mapping: Mapping[str, Any]) -> str:
    """The name by which a row has what a variable is mapped to."""
    first, *rest = str(mapping.get(name, name)).removeprefix("run.").split(".")
    if rest:
        return rest[-1]  # fields of inputs and outputs are found by their names
    return _OURS.get(first, first)


def _model(manifest: Json, providers: Sequence[Provider]) -> str:
    vendor, model = model_of(manifest)
    if not model:
        raise Unprocessable("the prompt has no model: commit it with one, so that it can judge")
    listing = [one for one in providers if model in one.models]
    called = [one for one in providers if one.name == vendor]
    by_name = called if vendor not in PROVIDERS else []
    chosen = next(
        iter([*by_name, *listing, *called, *(providers if len(providers) == 1 else ())]), None
    )
    if chosen is None:
        raise Unprocessable(f"no provider of this server has the model {model!r}: add one first")
    return f"{chosen.name}/{model}"


def _output(schema: Mapping[str, Any]) -> Json:
    """What the judge says, by the first property of its answer that is no remark."""
    for name, asked in (schema.get("properties") or {}).items():
        if name in {"comment", "explanation", "reasoning"} or not isinstance(asked, Mapping):
            continue
        labels = asked.get("enum")
        if isinstance(labels, list) and len(labels) > 1:
            last = len(labels) - 1
            return {
                "output": "choices",
                "choices": {str(label): place / last for place, label in enumerate(labels)},
            }
        if asked.get("type") in {"number", "integer"}:
            return {"output": "continuous"}
    return {"output": "boolean"}
