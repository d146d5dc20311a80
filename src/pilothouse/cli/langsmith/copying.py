"""The copy: datasets, projects, runs, then what is said of runs, then prompts.

Everything keeps its id, and every write may be repeated, so that a copy that was stopped between a
write and its note only writes the same once more.
"""

from __future__ import annotations

from typing import Final

from pilothouse.cli.langsmith import reviews
from pilothouse.cli.langsmith.api import Api, Json, Refused
from pilothouse.cli.langsmith.datasets import Datasets
from pilothouse.cli.langsmith.ends import Ends, only
from pilothouse.cli.langsmith.prompts import Prompts
from pilothouse.cli.langsmith.runs import copy_feedback, copy_runs
from pilothouse.cli.langsmith.state import Progress, State

_SESSION: Final = (
    "id", "name", "description", "extra", "start_time", "end_time", "reference_dataset_id",
    "num_examples", "num_repetitions", "evaluator_keys",
)  # fmt: skip


class Copy:
    """A copy from one server to another."""

    def __init__(self, source: Api, target: Api, state: State) -> None:
        self._ends = Ends(source=source, target=target, state=state, progress=Progress(state))

    def everything(self) -> None:
        """All that the source shows."""
        ends = self._ends
        Datasets(ends).everything()
        sessions = self._sessions()
        for session in sessions:
            copy_runs(ends, session)
        with ends.optional("feedback keys"):
            reviews.copy_configs(ends)
        with ends.optional("comparisons of experiments"):
            for dataset in sorted({str(one.get("reference_dataset_id") or "") for one in sessions}):
                if dataset:
                    reviews.copy_comparatives(ends, dataset)
        for session in sessions:
            copy_feedback(ends, session)
        with ends.optional("annotation queues"):
            reviews.copy_queues(ends)
        Prompts(ends).everything()
        ends.progress.end()

    def _sessions(self) -> list[Json]:
        found = list(self._ends.source.pages("/sessions"))
        for session in found:
            step = f"session {session['id']}"
            if self._ends.state.get(step) is None:
                self._ends.progress.show(f"project {session['name']}")
                self._ends.state.copied["projects"] += 1
                self._ends.state.keep(step, self._session(session))
        return found

    def _session(self, session: Json) -> str:
        """The id that the project has here: its own, or that of the one with its name."""
        try:
            made = self._ends.target.post("/sessions", only(session, _SESSION))
        except Refused as refused:
            if refused.status != 409:
                raise
            [made] = self._ends.target.get("/sessions", name=session["name"], limit=1)
        return str(made["id"])
