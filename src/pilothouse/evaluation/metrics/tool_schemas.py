"""Whether calls of tools keep to what the tools take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.metrics.json_texts import canonical, validator_of
from pilothouse.evaluation.metrics.messages import ToolCall, Unreadable, calls
from pilothouse.evaluation.results import EvaluationResult, not_applicable

Tools = Sequence[Mapping[str, Any]] | Mapping[str, Mapping[str, Any]]
"""Tools as OpenAI, Anthropic or MCP list them, or JSON schemas of arguments by the tool's name."""


class ToolSchemas(Evaluator):
    """The share of calls of a tool that there is, with arguments that keep to its schema."""

    name = "tool_schemas"

    def judge(self, *, outputs: Any, tools: Tools) -> EvaluationResult:
        """Raises Unreadable for what are no calls or no tools, SchemaError for no schema."""
        made = calls(outputs)
        if not made:
            return not_applicable(self.name, "no tool was called")
        schemas = schemas_of(tools)
        wrong = {place: _wrong(call, schemas) for place, call in enumerate(made)}
        faults = [
            {"call": place, "tool": made[place].name, "message": message}
            for place, message in wrong.items()
            if message is not None
        ]
        return EvaluationResult(
            name=self.name,
            score=1 - len(faults) / len(made),
            explanation="\n".join(f"{one['tool']}: {one['message']}" for one in faults) or None,
            metadata={"calls": len(made), "faults": faults},
        )


def schemas_of(tools: Tools) -> dict[str, Mapping[str, Any]]:
    """The schema of each tool's arguments, by its name. Raises Unreadable for what is no tool."""
    if isinstance(tools, Mapping):
        return dict(tools)
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tools:
        inner = tool.get("function", tool)
        if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            raise Unreadable(f"a tool needs a name: {tool!r}")
        kinds = ("parameters", "input_schema", "inputSchema")
        found[inner["name"]] = next((inner[key] for key in kinds if key in inner), {})
    return found


def _wrong(call: ToolCall, schemas: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The fault that lies deepest in the arguments."""
    if call.name not in schemas:
        return f"there is no such tool; there are {', '.join(schemas) or 'none'}"
    best_match = required("jsonschema").exceptions.best_match
    error = best_match(
        validator_of(canonical(schemas[call.name])).iter_errors(dict(call.arguments))
    )
    return None if error is None else f"{error.json_path}: {error.message}"
