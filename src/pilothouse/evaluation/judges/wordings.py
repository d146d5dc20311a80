"""Our own words for the generic judges. Whoever wants others gives a Prompt."""

from __future__ import annotations

from typing import Final

GEVAL_STEPS: Final = """\
Somebody will judge answers by this criterion:

{criteria}

They will be shown: {reads}.
Write three to five short steps that lead them to a score, each one thing to look at. Write nothing
about particular answers, as you see none."""

GEVAL: Final = """\
Score what follows by going through these steps one after the other.

{steps}
{rubric}
The score is {kind} from {low} (worst) to {high} (best).

{material}"""

GUIDELINES: Final = """\
Say of each of these guidelines whether what follows keeps to it. Judge each by itself. One that
does not apply here is kept to.

{guidelines}

{material}"""


def material(reads: tuple[str, ...]) -> str:
    """The part of a template that shows these fields."""
    return "\n\n".join(f"{name}:\n{{{name}}}" for name in reads)
