"""What a filter can fail with.

FilterError          a mistake in a filter, with its column and what was expected there
"""

from __future__ import annotations

from typing import Any


class FilterError(ValueError):
    """A filter that cannot be understood; says where, what was expected, and what was meant."""

    def __init__(
        self,
        problem: str,
        *,
        column: int,
        expected: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        self.problem = problem
        self.column = column
        """Counted from 1, in characters."""
        self.expected = expected
        self.suggestion = suggestion
        """The nearest right spelling, when one is near."""
        message = f"column {column}: {problem}"
        if suggestion is not None:
            message += f"; did you mean {suggestion!r}?"
        elif expected:
            message += f"; expected {_or(expected)}"
        super().__init__(message)

    def details(self) -> dict[str, Any]:
        """What the API tells beside the message."""
        return {
            "column": self.column,
            "problem": self.problem,
            "expected": list(self.expected),
            "suggestion": self.suggestion,
        }


def _or(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
