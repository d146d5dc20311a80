"""A text that comes in pieces, looked at in a window: nothing goes out that may yet be forbidden.

What is held back is as long as the longest window of the guardrails, and never ends within a word:
a key or an address has no blanks, so it is held as a whole however long it is.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pilothouse.gateway.guardrails.models import Finding, Guardrail
from pilothouse.gateway.guardrails.vault import Restoring, Vault, apart

log = logging.getLogger("pilothouse.gateway")

_CONTEXT: Final = 64
"""Characters before the window that checks see, too: what is not within a word, say."""
_STEP: Final = 24
"""So much has to come before it is looked again."""
_LONGEST_WORD: Final = 4096
_MOST_HELD: Final = 16_384
_BLANK: Final = re.compile(r"\s")


class Hit(Exception):
    """Something was found that must not go out."""

    def __init__(self, guardrail: Guardrail, kinds: dict[str, int], error: str = "") -> None:
        """`error` is why there is no verdict, where the guardrail fails closed."""
        super().__init__(guardrail.name)
        self.guardrail = guardrail
        self.kinds = kinds
        self.error = error


class Tally:
    """What guardrails found in all texts of a stream."""

    def __init__(self) -> None:
        self.kinds: dict[str, Counter[str]] = {}

    def add(self, guardrail: Guardrail, kind: str) -> None:
        """Count a place."""
        self.kinds.setdefault(guardrail.name, Counter())[kind] += 1


class Window:
    """One text of a stream: the content of a choice, the arguments of a call."""

    def __init__(
        self, guardrails: Sequence[Guardrail], vault: Vault, tally: Tally, *, is_json: bool
    ) -> None:
        self._guardrails = guardrails
        self._vault = vault
        self._tally = tally
        self._restoring = Restoring(vault, is_json=is_json)
        self._size = max((each.check.window for each in guardrails), default=0)
        self._before = ""
        self._held = ""
        self._released = 0
        self._look_at = self._size + _STEP if self._size else 1

    def feed(self, text: str) -> str:
        """What may go out now. Raises Hit."""
        if not self._guardrails:
            return self._restoring.feed(text)
        self._held += text
        if len(self._held) < self._look_at:
            return ""
        out = self._restoring.feed(self._release(is_last=False))
        self._look_at = max(self._size, len(self._held)) + max(_STEP, len(self._held) // 4)
        if not self._size:
            self._look_at = 1
        return out

    def rest(self) -> str:
        """What was held back, at the end. Raises Hit."""
        out = self._release(is_last=True) if self._held else ""
        return self._restoring.feed(out) + self._restoring.rest()

    def _release(self, *, is_last: bool) -> str:
        text, begins = self._before + self._held, len(self._before)
        found = self._found(text, begins)
        cut = len(text) if is_last else self._cut(text, begins, [place for _, place in found])
        if cut <= begins:
            return ""
        masked: list[Finding] = []
        for guardrail, place in found:
            if place.start < cut:
                self._tally.add(guardrail, place.kind)
                if guardrail.action == "mask":
                    start, end = max(place.start, begins) - begins, min(place.end, cut) - begins
                    masked.append(Finding(start, end, place.kind, place.replacement))
        out = self._vault.masked(text[begins:cut], apart(masked))
        self._released += cut - begins
        self._before, self._held = text[max(0, cut - _CONTEXT) : cut], text[cut:]
        return out

    def _found(self, text: str, begins: int) -> list[tuple[Guardrail, Finding]]:
        found: list[tuple[Guardrail, Finding]] = []
        for guardrail in self._guardrails:
            find = guardrail.check.find
            assert find is not None
            try:
                every = find(text, self._released - begins)
            except Exception as error:  # somebody's code: the guardrail says what none means
                if guardrail.fail == "closed" and guardrail.action != "flag":
                    raise Hit(guardrail, {}, f"{type(error).__name__}: {error}"[:500]) from error
                log.warning("guardrail %s failed: %s", guardrail.name, error)
                continue
            places = [each for each in every if each.end > begins]
            if places and guardrail.action in ("block", "retry"):
                raise Hit(guardrail, dict(Counter(each.kind for each in places)))
            found += [(guardrail, place) for place in places]
        return found

    def _cut(self, text: str, begins: int, places: Sequence[Finding]) -> int:
        """Up to where the text can go out while more may come."""
        if not self._size:
            return len(text)
        cut = len(text) - self._size
        if cut <= begins:
            return begins
        start = cut
        while start > begins and cut - start < _LONGEST_WORD and not text[start - 1].isspace():
            start -= 1
        blank = _BLANK.search(text, cut)
        is_open = blank is None or blank.start() > cut
        if is_open and (start > begins or len(text) - begins < _LONGEST_WORD):
            cut = start
        for place in places:
            if place.start < cut and (cut < place.end or place.end == len(text)):
                cut = place.start if len(text) - begins < _MOST_HELD else place.end
        return max(cut, begins)
