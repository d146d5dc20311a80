"""Several stories told side by side on one server, so that it has to start again only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

Story = Iterator[None]
"""What clients do and see; the server starts again at each yield."""


def tell(stories: Sequence[Story], *between: Callable[[], object]) -> None:
    """All stories to their ends; `between` is what happens to the server at each yield."""
    for step in between:
        for story in stories:
            next(story)
        step()
    for story in stories:
        assert next(story, "ended") == "ended"
