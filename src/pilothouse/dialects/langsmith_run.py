"""Runs of the LangSmith protocol; the large values are the JSON text that its client sent."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "langsmith.run."
TYPE: Final = PREFIX + "type"
INPUTS: Final = PREFIX + "inputs"
OUTPUTS: Final = PREFIX + "outputs"
EVENTS: Final = PREFIX + "events"
EXTRA: Final = PREFIX + "extra"
SERIALIZED: Final = PREFIX + "serialized"
ERROR: Final = PREFIX + "error"
TAGS: Final = PREFIX + "tags"
DOTTED_ORDER: Final = PREFIX + "dotted_order"
EXAMPLE_ID: Final = PREFIX + "reference_example_id"
ATTACHMENTS: Final = PREFIX + "attachments"
PATCHED: Final = PREFIX + "patched"
"""Names of the fields that a later operation set, with commas between."""
HALF: Final = PREFIX + "half"
"""True while only changes of the run have come, not its beginning."""
