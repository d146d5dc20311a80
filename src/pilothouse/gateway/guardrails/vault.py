"""Names that stand for what was masked in one call, and the way back.

The same value has the same name throughout a call, so that the model can speak of it: the second
address is `<EMAILS_2>` wherever it stands. A name that the request itself uses is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from pilothouse.gateway.guardrails.models import Finding
from pilothouse.gateway.guardrails.texts import escaped

NAME: Final = re.compile(r"<[A-Z][A-Z0-9_]{0,40}_[0-9]{1,6}>")
_BEGUN: Final = re.compile(r"<(?:[A-Z][A-Z0-9_]{0,47})?\Z")
"""What may become a name yet, at the end of a text."""
_ODD: Final = re.compile(r"[^A-Z0-9]+")


class Vault:
    """What was masked in one call."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Whether anything is to be put back."""
        return bool(self._values)

    def keep_off(self, texts: Iterable[str]) -> None:
        """Give no name that stands in one of these texts."""
        for text in texts:
            if "<" in text:
                self._taken.update(NAME.findall(text))

    def name_of(self, kind: str, value: str, *, restores: bool) -> str:
        """What stands in the place of a value."""
        known = self._names.get((kind, value))
        if known is None:
            word = (_ODD.sub("_", kind.upper()).strip("_") or "MASKED")[:40]
            word = word if word[0].isalpha() else f"X_{word}"[:40]
            while True:
                number = self._counts[word] = self._counts.get(word, 0) + 1
                known = f"<{word}_{number}>"
                if known not in self._taken:
                    break
            self._names[kind, value] = known
        if restores:
            self._values[known] = value
        return known

    def masked(self, text: str, findings: Sequence[Finding]) -> str:
        """The text with a name in the place of each finding; they are in order and apart."""
        parts: list[str] = []
        at = 0
        for each in findings:
            name = each.replacement
            if name is None:
                value = text[each.start : each.end]
                name = self.name_of(each.kind, value, restores=each.restores)
            parts += text[at : each.start], name
            at = each.end
        return "".join([*parts, text[at:]])

    def restored(self, text: str, *, is_json: bool = False) -> str:
        """The text with the values in the places of their names."""
        if not self._values or "<" not in text:
            return text

        def value(found: re.Match[str]) -> str:
            known = self._values.get(found[0])
            if known is None:
                return found[0]
            return escaped(known) if is_json else known

        return NAME.sub(value, text)


class Restoring:
    """Puts values back into a text that comes in pieces; a name may be broken over them."""

    def __init__(self, vault: Vault, *, is_json: bool = False) -> None:
        self._vault = vault
        self._is_json = is_json
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be told now."""
        text = self._held + text
        begun = _BEGUN.search(text, max(0, len(text) - 50)) if self._vault else None
        at = len(text) if begun is None else begun.start()
        self._held = text[at:]
        return self._vault.restored(text[:at], is_json=self._is_json)

    def rest(self) -> str:
        """What is left at the end."""
        text, self._held = self._held, ""
        return self._vault.restored(text, is_json=self._is_json)


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings that overlap the first and longest, in their order."""
    kept: list[Finding] = []
    for each in sorted(findings, key=lambda one: (one.start, -one.end)):
        if each.end > each.start and (not kept or each.start >= kept[-1].end):
            kept.append(each)
        elif kept and each.end > kept[-1].end:  # what sticks out must not be told either
            last = kept[-1]
            kept[-1] = replace(last, end=each.end)
    return kept
