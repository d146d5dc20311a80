"""Whether two questions that are near one another ask different things after all.

Vectors of sentences hardly see a "not", another number, or two names that changed places: of such
pairs a small model says 0.95 and more. What differs here is never taken for the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


def _all_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD: Final = re.compile(r"\w+(?:['\u2019]\w+)*")
_NUMBER: Final = re.compile(r"\d+(?:[.,:/-]\d+)*")
_QUOTED: Final = re.compile(r"[\"“”«»`]([^\"“”«»`\n]{1,200})[\"“”«»`]")
_SENTENCE: Final = re.compile(r"(?:^|[.!?:]\s+|\n\s*)[\"“(]*$")
_NEGATIONS: Final = _all_of(
    "not no never none nobody nothing neither nor without cannot except unless lacks lack "
    "lacking fail fails failed isn aren wasn weren don doesn didn won wouldn couldn shouldn "
    "hasn haven nicht kein keine keinen keiner keinem nie niemals ohne weder pas jamais sans "
    "aucun aucune ni sin nunca ningun ninguno ninguna tampoco "
)
_NUMBERS: Final = _all_of(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred thousand million billion trillion half quarter double triple twice once "
    "dozen first second third fourth fifth sixth seventh eighth ninth tenth last next previous "
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday am pm bc "
    "ad q1 q2 q3 q4 km kilometers kilometres miles mile meters metres feet foot inches inch cm "
    "mm kg g lb lbs pounds grams ounces celsius fahrenheit kelvin usd eur gbp jpy chf dollars "
    "euros yen francs seconds minutes hours days weeks months years kb mb gb tb percent "
)
_ODDS: Final[tuple[tuple[str, str], ...]] = (
    ("increase", "decrease"), ("increasing", "decreasing"), ("enable", "disable"),
    ("enabled", "disabled"), ("before", "after"), ("above", "below"), ("over", "under"),
    ("more", "less"), ("most", "least"), ("max", "min"), ("maximum", "minimum"),
    ("highest", "lowest"), ("high", "low"), ("higher", "lower"), ("largest", "smallest"),
    ("biggest", "smallest"), ("larger", "smaller"), ("big", "small"), ("large", "small"),
    ("long", "short"), ("longest", "shortest"), ("best", "worst"), ("better", "worse"),
    ("good", "bad"), ("first", "last"), ("start", "stop"), ("start", "end"), ("begin", "end"),
    ("open", "close"), ("opened", "closed"), ("add", "remove"), ("create", "delete"),
    ("install", "uninstall"), ("import", "export"), ("upload", "download"), ("buy", "sell"),
    ("win", "lose"), ("won", "lost"), ("push", "pull"), ("lock", "unlock"), ("accept", "reject"),
    ("allow", "deny"), ("allow", "forbid"), ("legal", "illegal"), ("safe", "unsafe"),
    ("safe", "dangerous"), ("true", "false"), ("hot", "cold"), ("up", "down"), ("in", "out"),
    ("on", "off"), ("left", "right"), ("north", "south"), ("east", "west"), ("male", "female"),
    ("men", "women"), ("man", "woman"), ("his", "her"), ("he", "she"), ("mother", "father"),
    ("son", "daughter"), ("brother", "sister"), ("ascending", "descending"), ("import", "export"),
    ("encode", "decode"), ("encrypt", "decrypt"), ("compress", "decompress"), ("old", "new"),
    ("older", "newer"), ("oldest", "newest"), ("young", "old"), ("early", "late"),
    ("earliest", "latest"), ("fast", "slow"), ("fastest", "slowest"), ("cheap", "expensive"),
    ("cheapest", "expensive"), ("advantages", "disadvantages"), ("pros", "cons"),
    ("benefits", "risks"), ("benefits", "drawbacks"), ("positive", "negative"),
    ("public", "private"), ("internal", "external"), ("input", "output"), ("sync", "async"),
    ("with", "without"), ("include", "exclude"), ("including", "excluding"), ("what", "why"),
    ("why", "how"), ("when", "where"), ("who", "when"), ("who", "where"), ("what", "when"),
    ("what", "where"), ("lend", "borrow"), ("send", "receive"), ("give", "take"),
    ("arrive", "depart"), ("arrival", "departure"), ("subscribe", "unsubscribe"),
    ("activate", "deactivate"), ("activate", "cancel"), ("freeze", "unfreeze"),
)  # fmt: skip
_SMALL: Final = _all_of(
    "a an the of to in on at for is are was were be do does did please can could would you i me "
    "my it its this that and "
)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What of a question must be the same."""

    numbers: tuple[str, ...]
    negations: int
    names: frozenset[str]
    quoted: frozenset[str]
    words: tuple[str, ...]


def difference(one: str, other: str) -> str:
    """In what two questions differ so that they are not the same; "" for nothing that is known."""
    a, b = _marks(one), _marks(other)
    if Counter(a.numbers) != Counter(b.numbers):
        return "numbers"
    if a.numbers != b.numbers:
        return "order of numbers"
    if a.negations != b.negations:
        return "negation"
    if a.quoted != b.quoted:
        return "quoted text"
    mine, yours = set(a.words), set(b.words)
    if a.names - yours or b.names - mine:
        return "names"
    if _are_odd(mine, yours):
        return "opposites"
    own = [word for word in a.words if word not in _SMALL]
    its = [word for word in b.words if word not in _SMALL]
    if own != its and sorted(own) == sorted(its):
        return "order of words"
    return ""


def _are_odd(mine: set[str], yours: set[str]) -> bool:
    here, there = mine - yours, yours - mine
    return any((x in here and y in there) or (y in here and x in there) for x, y in _ODDS)


@lru_cache(maxsize=4096)
def _marks(text: str) -> _Marks:
    text = unicodedata.normalize("NFKC", text)
    words: list[str] = []
    names: set[str] = set()
    numbers: list[str] = []
    negations = 0
    for match in _WORD.finditer(text):
        word = match[0]
        plain = _folded(word)
        words.append(plain)
        if plain in _NUMBERS:
            numbers.append(plain)
        if plain.partition("'")[0] in _NEGATIONS or plain.endswith("n't"):
            negations += 1
        if _is_name(text, match.start(), word):
            names.add(plain)
    numbers = [each.group() for each in _NUMBER.finditer(text)] + numbers
    return _Marks(
        numbers=tuple(numbers),
        negations=negations,
        names=frozenset(names),
        quoted=frozenset(_folded(each) for each in _QUOTED.findall(text)),
        words=tuple(words),
    )


def _is_name(text: str, at: int, word: str) -> bool:
    """Whether a word is written as names and identifiers are."""
    if "_" in word or any(letter.isupper() for letter in word[1:]):
        return True
    if any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word):
        return True
    return word[0].isupper() and word != "I" and _SENTENCE.search(text[max(0, at - 8) : at]) is None


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.replace("\u2019", "'").casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
