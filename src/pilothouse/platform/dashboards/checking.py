"""Whether panels can be drawn: told when they are saved, not when somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pilothouse.platform.dashboards.models import BUCKETED, OVER_TIME, PanelKind
from pilothouse.platform.dashboards.schemas import Panel
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.metrics import check_chart
from pilothouse.platform.query.sums_models import Chart

_COUNTING: Final = ("histogram(", "values(")
_SPLIT: Final = {"parameter": "group_by"}


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
    _check_measures(panel.kind, question)
    _check_split(panel.kind, question)
    check_chart(question)


def _check_measures(kind: PanelKind, question: Chart) -> None:
    measures = [each.strip() for each in question.measures]
    wanted = {"parameter": "measures"}
    if kind in BUCKETED:
        if len(measures) != 1 or not measures[0].startswith("histogram("):
            raise BadRequest(f"a {kind} shows one measure histogram(field)", wanted)
        return
    for each in measures:
        if each.startswith(_COUNTING):
            raise BadRequest(
                f"{each} is drawn by a histogram or a heatmap, not by a {kind}", wanted
            )
    if len(measures) > 1 and (kind == "figure" or (kind in OVER_TIME and question.group_by)):
        raise BadRequest(f"a {kind} that is split, or a single figure, shows one measure", wanted)


def _check_split(kind: PanelKind, question: Chart) -> None:
    if kind in OVER_TIME and len(question.group_by) > 1:
        raise BadRequest(f"a {kind} is split by one field; a table by up to five", _SPLIT)
    if kind in (*BUCKETED, "figure") and question.group_by:
        raise BadRequest(f"a {kind} is not split", _SPLIT)
