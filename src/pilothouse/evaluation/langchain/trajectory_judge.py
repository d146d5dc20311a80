"""A judge of the steps by which an agent came to its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.judges import grammars
from pilothouse.evaluation.langchain import prompts
from pilothouse.evaluation.langchain.interfaces import (
    AgentTrajectoryEvaluator,
    Said,
    warn_of_unknown,
)
from pilothouse.evaluation.langchain.judged import Judged
from pilothouse.evaluation.metrics.messages import turns

_HIGHEST: Final = 5
_TOOL: Final = ("tool", "tool_name", "name")
_GIVEN: Final = ("tool_input", "arguments", "args", "input", "inputs")
_RETURNED: Final = ("observation", "tool_output", "output", "outputs")


class TrajectoryEvalChain(Judged, AgentTrajectoryEvaluator):
    """How well an agent went about a task, from 0 to 1."""

    unread = "the judge wrote no whole number from 1 to 5 after Score:"

    def __init__(
        self,
        llm: Any,
        agent_tools: Sequence[Any] | None = None,
        *,
        return_reasoning: bool = True,  # LangChain's, without effect there as well
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """`agent_tools` have a name and a description. Raises NotImplementedError without chat."""
        warn_of_unknown(type(self), unknown)
        super().__init__(llm, langchain_compat=langchain_compat)
        if not self.llm.chat:
            raise NotImplementedError("trajectories are judged by chat models only")
        self.feeds_reference = not langchain_compat
        self.agent_tools = agent_tools
        self._tools = "\n".join(map(_described, agent_tools or ()))
        self._prompts = {
            labeled: prompts.Template(
                prompts.trajectory(tools=bool(self._tools), reference=labeled), marked=True
            )
            for labeled in (False, True)
        }

    def read(self, text: str) -> Said | None:
        """A grade of 1 is 0, one of 5 is 1."""
        grade = grammars.trajectory_score(text)
        if grade is None:
            return None
        reasoning = text[: text.rfind("Score")].strip()
        return {"score": (grade - 1) / (_HIGHEST - 1), "reasoning": reasoning}

    def refused(self, text: str, why: str, type: str = "Unparsable") -> Said:
        """LangChain has an exception of its own for this."""
        if not self.compat:
            return super().refused(text, why, type)
        try:
            from langchain_core.exceptions import OutputParserException
        except ImportError:  # then nobody can expect its exception either
            raise ValueError(f"{why}: {text!r}") from None
        raise OutputParserException(f"{why}: {text!r}")

    def _rendered(self, given: Mapping[str, Any]) -> prompts.Prompt:
        reference = given["reference"] or ""
        return self._prompts[bool(reference)](
            {
                "question": given["input"],
                "tool_descriptions": self._tools,
                "agent_trajectory": steps_written(given["agent_trajectory"]),
                "answer": given["prediction"],
                "reference": reference,
            }
        )

    _evaluate_agent_trajectory = Judged._judged
    _aevaluate_agent_trajectory = Judged._ajudged


def steps_written(trajectory: Sequence[Any] | str) -> str:
    """Steps as a judge reads them: pairs of action and observation, messages, spans, or a text.

    Raises ValueError for what is none of these.
    """
    if isinstance(trajectory, str):
        return trajectory
    if any(_part(step, ("role", "type")) for step in trajectory if not isinstance(step, tuple)):
        return "\n\n".join(_said(turn) for turn in turns(trajectory))
    return "\n\n".join(_step(i, step) for i, step in enumerate(trajectory, 1))


def _step(number: int, step: Any) -> str:
    action, returned = step if isinstance(step, tuple | list) else (step, _part(step, _RETURNED))
    tool = _part(action, _TOOL)
    if tool is None:
        raise ValueError(f"step {number} names no tool: {step!r}")
    given = _text(_part(action, _GIVEN))
    return f"Step {number}\nTool: {tool}\nInput: {given}\nOutput: {_text(returned)}"


def _said(turn: Any) -> str:
    calls = (f"calls {call.name} with {_text(call.arguments)}" for call in turn.calls)
    return f"{turn.role}: " + "\n".join(part for part in (turn.text, *calls) if part)


def _described(tool: Any) -> str:
    return f"{_part(tool, ('name',))}: {_part(tool, ('description',))}"


def _part(thing: Any, names: Sequence[str]) -> Any:
    for name in names:
        value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
        if value is not None:
            return value
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
