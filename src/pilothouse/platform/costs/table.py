"""A cost report as a table."""

from __future__ import annotations

from typing import Final

from pilothouse.platform.costs.models import TOKENS
from pilothouse.platform.costs.report import Report
from pilothouse.platform.csv_text import line

_FIGURES: Final = (
    *("cost", "input_cost", "output_cost", "client_cost", "share", "calls", "unpriced_calls"),
    *("calls_without_usage", *TOKENS, "cost_before", "change"),
)
OTHERS: Final = "(all others)"


def csv_of(report: Report) -> bytes:
    """CSV: a head, and a line for each row; of a report without splits one for all."""
    columns = report.splitting.columns
    lines = [line([*columns, *_FIGURES])]
    for row in report.rows if columns else [report.total]:
        group = row.get("group", {})
        told = [OTHERS if row["other"] and name not in _TIMES else group[name] for name in columns]
        cost = row["cost"]
        lines.append(
            line(
                [
                    *told,
                    *(cost[name] for name in ("total", "input", "output", "client")),
                    row.get("share"),
                    *(row[name] for name in ("calls", "unpriced_calls", "calls_without_usage")),
                    *(row["usage"][name] for name in TOKENS),
                    row["before"]["cost"],
                    row["change"],
                ]
            )
        )
    return b"".join(lines)


_TIMES: Final = frozenset(("day", "week", "month"))
