"""Tools, retrievers and nodes of Runnables, told as steps by LangChain's callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from pilothouse.serving.steps import Step, Tell, source_of

PLUMBING: Final = frozenset(("agent", "model", "call_model", "tools", "__start__", "__end__"))
"""Nodes of graphs whose work is seen without them: the answer itself, and the tools."""


class Telling(BaseCallbackHandler):
    """Listens to one run."""

    run_inline = True

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._open: dict[UUID, Step] = {}

    # --- tools ---

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        inputs: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        name = more.get("name") or (serialized or {}).get("name") or "tool"
        self._begin(run_id, str(name), "tool", input_str if inputs is None else inputs)

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, output)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, error=error)

    # --- retrievers ---

    def on_retriever_start(
        self, serialized: dict[str, Any], query: str, *, run_id: UUID, **more: Any
    ) -> None:
        name = more.get("name") or (serialized or {}).get("name") or "retriever"
        self._begin(run_id, str(name), "retriever", query)

    def on_retriever_end(self, documents: Sequence[Any], *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, f"{len(documents)} found")
        for document in documents:
            told = source_of(document)
            if told is not None:
                self._tell({"type": "source", **told})

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, error=error)

    # --- nodes of graphs ---

    def on_chain_start(
        self, serialized: dict[str, Any], inputs: Any, *, run_id: UUID, **more: Any
    ) -> None:
        node = (more.get("metadata") or {}).get("langgraph_node")
        if node is not None and more.get("name") == node and node not in PLUMBING:
            self._begin(run_id, str(node), "chain", None)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, error=error)

    def _begin(self, run_id: UUID, name: str, kind: str, given: Any) -> None:
        self._open[run_id] = Step(self._tell, name, kind=kind, given=given).__enter__()

    def _end(self, run_id: UUID, output: Any = None, *, error: BaseException | None = None) -> None:
        step = self._open.pop(run_id, None)
        if step is not None:
            step.output = output
            step.end(error)
