"""Which attribute means what: for each field its sources in order, the first that answers wins.

The order is that of section 3 of the OTLP protocol notes; a file holds the fields of one or two of
its parts. A row applies only where its attributes are there, which `plan` works out once per shape
of span.
"""

from pilothouse.dialects.table.context import ENVIRONMENT, RELEASE
from pilothouse.dialects.table.order import PLANNER, TABLE
from pilothouse.dialects.table.outcome import FEEDBACK_PREFIXES
from pilothouse.dialects.table.payloads import INPUT, OUTPUT

__all__ = [
    "ENVIRONMENT",
    "FEEDBACK_PREFIXES",
    "INPUT",
    "OUTPUT",
    "PLANNER",
    "RELEASE",
    "TABLE",
]
