"""The UUIDs of `spans.run_ids` as SQL, for filters."""

from __future__ import annotations

from typing import Final

from pilothouse.spans.run_ids import NAMESPACE


def uuid_sql(span_id: str) -> str:
    """The UUID of the span whose id stands in a column; "" where there is none."""
    name = f"concat('{NAMESPACE.bytes.decode()}', toString(project), ':', trace_id, ':', {span_id})"
    digest = f"lower(hex(SHA1({name})))"

    def part(start: int, length: int) -> str:
        return f"substring({digest}, {start}, {length})"

    # Version 5 and the variant of RFC 9562 take six of the bits.
    variant = (
        f"substring('89ab', modulo(position('0123456789abcdef', {part(17, 1)}) - 1, 4) + 1, 1)"
    )
    made = (
        f"concat({part(1, 8)}, '-', {part(9, 4)}, '-5', {part(14, 3)}, '-', {variant},"
        f" {part(18, 3)}, '-', {part(21, 12)})"
    )
    is_uuid = (
        f"length({span_id}) = 36 AND substring({span_id}, 9, 1) = '-'"
        f" AND substring({span_id}, 24, 1) = '-'"
    )
    return f"multiIf({span_id} = '', '', {is_uuid}, {span_id}, {made})"


RUN_ID: Final = uuid_sql("span_id")
PARENT_RUN_ID: Final = uuid_sql("parent_span_id")
