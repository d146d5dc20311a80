"""What a dataset does to examples before it keeps them.

The five kinds of LangSmith, as its public documentation defines them: messages and tools into
OpenAI's form, system messages left out, fields left out that the schema does not name, tools taken
from the run that the example was made of. Where nothing fits, nothing changes: a transformation
never fails an example; the schema does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from pilothouse.platform.datasets.models import NewExample
from pilothouse.platform.errors import BadRequest
from pilothouse.spans import messages as shapes
from pilothouse.spans.openai_form import openai_messages, openai_tool

Json = dict[str, Any]
_MOST: Final = 100


def check_transformations(given: Sequence[Mapping[str, Any]] | None) -> list[Json] | None:
    """Transformations as they are kept; raises BadRequest for an unknown one or a wrong path."""
    if given is None:
        return None
    if len(given) > _MOST:
        raise BadRequest(f"a dataset has at most {_MOST} transformations")
    kept: list[Json] = []
    for each in given:
        kind, path = each.get("transformation_type"), each.get("path")
        if kind not in _KINDS:
            raise BadRequest(
                f"there is no transformation {kind!r}; there are {', '.join(_KINDS)}",
                {"parameter": "transformations"},
            )
        if (
            not isinstance(path, list)
            or not path
            or not all(isinstance(step, str) for step in path)
            or path[0] not in {"inputs", "outputs"}
        ):
            raise BadRequest(
                f"the path of {kind} begins with inputs or outputs, as ['inputs', 'messages']",
                {"parameter": "transformations"},
            )
        kept.append({"path": list(path), "transformation_type": kind})
    return kept


class Transformer:
    """Applies the transformations of a dataset."""

    def __init__(
        self,
        transformations: Sequence[Mapping[str, Any]] | None,
        inputs_schema: Mapping[str, Any] | None,
        outputs_schema: Mapping[str, Any] | None,
    ) -> None:
        schemas = {"inputs": inputs_schema or {}, "outputs": outputs_schema or {}}
        order = list(_KINDS)
        # The order of the kinds is that of their application.
        self._steps = [
            (
                _KINDS[each["transformation_type"]],
                list(each["path"]),
                _schema_at(schemas[each["path"][0]], each["path"][1:]),
            )
            for each in sorted(
                transformations or (), key=lambda one: order.index(one["transformation_type"])
            )
        ]

    def __call__(self, example: NewExample) -> NewExample:
        """The example as the dataset keeps it."""
        if not self._steps:
            return example
        parts: Json = {
            "inputs": deepcopy(dict(example.inputs)),
            "outputs": None if example.outputs is None else deepcopy(dict(example.outputs)),
        }
        for step, path, schema in self._steps:
            if parts[path[0]] is not None:
                _apply(step, parts, path, schema, example.tools)
        return replace(example, inputs=parts["inputs"], outputs=parts["outputs"])


Step = Callable[[Any, Mapping[str, Any], Json, Sequence[Any]], Any]
"""(value or None where there is none, its schema, the object around it, the run's tools) → value"""


def _apply(
    step: Step, parts: Json, path: Sequence[str], schema: Mapping[str, Any], tools: Sequence[Any]
) -> None:
    holder: Any = parts
    for name in path[:-1]:
        holder = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(holder, dict):
        return
    value = step(holder.get(path[-1]), schema, holder, tools)
    if value is not None:
        holder[path[-1]] = value


def _schema_at(schema: Any, path: Sequence[str]) -> Mapping[str, Any]:
    for name in path:
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        schema = properties.get(name) if isinstance(properties, Mapping) else None
    return schema if isinstance(schema, Mapping) else {}


def _to_messages(value: Any, schema: Mapping[str, Any], holder: Json, _tools: Sequence[Any]) -> Any:
    many = isinstance(value, list) or (value is None and schema.get("type") == "array")
    found = openai_messages(value) if value is not None else _messages_beside(holder)
    if not found:
        return value
    return found if many else found[-1]


def _messages_beside(holder: Json) -> list[Json]:
    """The messages of a traced call under another key, which goes; none for a plain record."""
    for key in list(holder):
        found = openai_messages({key: holder[key]}, "assistant" if key == "generations" else "user")
        if found:
            del holder[key]
            return found
    return []


def _to_tools(value: Any, schema: Mapping[str, Any], holder: Json, tools: Sequence[Any]) -> Any:
    if isinstance(value, Mapping):
        return openai_tool(value) or value
    given = value if isinstance(value, list) and value else list(tools)
    found = [openai_tool(each) for each in given]
    return [each for each in found if each is not None] or value


def _without_system(
    value: Any, _schema: Mapping[str, Any], _holder: Json, _tools: Sequence[Any]
) -> Any:
    if not isinstance(value, list):
        return value
    if len(value) == 1 and isinstance(value[0], list):  # LangChain's batch of one
        return [_without_system(value[0], _schema, _holder, _tools)]
    return [each for each in value if shapes.message(each)["role"] != "system"]


def _without_extra(
    value: Any, schema: Mapping[str, Any], _holder: Json, _tools: Sequence[Any]
) -> Any:
    named = schema.get("properties")
    if not isinstance(value, Mapping) or not isinstance(named, Mapping):
        return value
    return {key: each for key, each in value.items() if key in named}


def _tools_of_run(
    value: Any, _schema: Mapping[str, Any], _holder: Json, tools: Sequence[Any]
) -> Any:
    if value:
        return value
    found = [openai_tool(each) for each in tools]
    return [each for each in found if each is not None] or value


_KINDS: Final[dict[str, Step]] = {
    "convert_to_openai_message": _to_messages,
    "convert_to_openai_tool": _to_tools,
    "remove_system_messages": _without_system,
    "remove_extra_fields": _without_extra,
    "extract_tools_from_run": _tools_of_run,
}
