"""Whether panels can be drawn: told when they are saved, not when somebody looks."""

from __future__ import annotations

from collections.abc import Sequence

from pilothouse.platform.dashboards.models import BUCKETED
from pilothouse.platform.dashboards.schemas import Panel
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.metrics import check_chart

_COUNTING = ("histogram(", "values(")


def check_panels(panels: Sequence[Panel]) -> None:
    """Raise BadRequest, with the panel and the field, for what cannot be asked or drawn."""
    for number, panel in enumerate(panels):
        try:
            _check(panel)
        except BadRequest as e:
            details = e.details if isinstance(e.details, dict) else {}
            field = ".".join(filter(None, ["question", details.get("parameter")]))
            raise BadRequest(
                f"panel {panel.title or panel.id!r}: {e.message}",
                {**details, "panel": panel.id, "field": f"panels.{number}.{field}"},
            ) from e


def _check(panel: Panel) -> None:
    question = panel.question
    if panel.kind == "text":
        if question is not None:
            raise BadRequest("a text asks nothing: leave out its question")
        return
    if question is None:
        raise BadRequest(f"a {panel.kind} shows measures: say its question")
    counting = [each for each in question.measures if each.strip().startswith(_COUNTING)]
    wanted = {"parameter": "measures"}
    if panel.kind in BUCKETED:
        if len(question.measures) != 1 or not question.measures[0].strip().startswith("histogram("):
            raise BadRequest(f"a {panel.kind} shows one measure histogram(field)", wanted)
        if question.group_by:
            raise BadRequest(f"a {panel.kind} is not split", {"parameter": "group_by"})
    elif counting:
        raise BadRequest(
            f"{counting[0]} is drawn by a histogram or a heatmap, not by a {panel.kind}", wanted
        )
    check_chart(question)
