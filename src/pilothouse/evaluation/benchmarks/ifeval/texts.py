"""Words, sentences and the language of an answer, as IFEval counts them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from pilothouse.evaluation.extras import required

_ABBREVIATIONS: Final = (
    "mr mrs ms dr prof rev st jr sr hon gen col sgt capt lt gov sen rep pres inc ltd co corp dept "
    "univ assn bros est fig vol no nos pp p vs etc e.g i.e cf al ca approx a.m p.m u.s u.k u.n d.c "
    "ph.d m.d b.a m.a b.sc m.sc jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu "
    "fri sat sun ave blvd rd mt ft"
)


def words(text: str) -> int:
    """How many runs of letters and digits there are."""
    return len(re.findall(r"\w+", text))


def sentences(text: str) -> list[str]:
    """The sentences, found by Punkt with abbreviations of English that it need not learn."""
    found: list[str] = _punkt().tokenize(text)
    return found


def tokens(text: str) -> list[str]:
    """Words and marks, as the Penn Treebank has them, sentence by sentence."""
    treebank = _treebank()
    return [token for sentence in sentences(text) for token in treebank.tokenize(sentence)]


def language(text: str) -> str | None:
    """The code of the language; None for a text that tells none, say of digits."""
    detector = _languages().create()
    detector.append(text)
    try:
        return str(detector.detect())
    except required("langdetect").LangDetectException:
        return None


@cache
def _punkt() -> Any:
    punkt = required("nltk.tokenize.punkt")
    parameters = punkt.PunktParameters()
    parameters.abbrev_types = set(_ABBREVIATIONS.split())
    return punkt.PunktSentenceTokenizer(parameters)


@cache
def _treebank() -> Any:
    return required("nltk.tokenize.destructive").NLTKWordTokenizer()


@cache
def _languages() -> Any:
    """A factory of our own: its seed, without which answers vary, is no concern of others."""
    made = required("langdetect.detector_factory")
    factory = made.DetectorFactory()
    factory.load_profile(made.PROFILES_DIRECTORY)
    factory.seed = 0
    return factory
