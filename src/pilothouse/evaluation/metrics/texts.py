"""BLEU, chrF, TER, ROUGE, METEOR and GLEU, each by the library that its field reports it with.

A sentence's score is for looking at rows. A corpus's score comes from the sums of all sentences and
is not their mean; `corpus` gives it with the signature that makes it comparable.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.metrics.strings import references_of
from pilothouse.evaluation.results import Direction, EvaluationResult
from pilothouse.evaluation.rows import Where, text_of

CorpusMetric = Literal["bleu", "chrf", "chrf++", "ter"]
RougeType = Literal["rouge1", "rouge2", "rougeL", "rougeLsum"]
NON_LATIN: Final = 0.3
"""From this share of other letters on, ROUGE's own tokenizer would see hardly any word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusScore:
    """A score of a whole corpus, 0 to 100; TER may be above."""

    score: float
    signature: str
    """sacrebleu's: two scores compare only where their signatures are the same."""
    direction: Direction


def corpus(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    metric: CorpusMetric = "bleu",
    **options: Any,
) -> CorpusScore:
    """The score of a corpus; `references` has one list a reference translation, as sacrebleu's.

    `options` are those of sacrebleu's class. Raises ValueError for lists of different lengths, for
    none, and for an unknown metric.
    """
    if not hypotheses or not references:
        raise ValueError("a corpus needs at least one text and one list of references")
    for stream in references:
        if len(stream) != len(hypotheses):
            raise ValueError(f"{len(stream)} references for {len(hypotheses)} texts: give as many")
    scorer = _sacrebleu(metric, **options)
    found = scorer.corpus_score(list(hypotheses), [list(stream) for stream in references])
    return CorpusScore(
        score=float(found.score),
        signature=str(scorer.get_signature()),
        direction="minimize" if metric == "ter" else "maximize",
    )


class _OfReferences(Evaluator):
    """What evaluators of a text and one or several references have in common."""

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises TypeError for what is no text, ValueError where there is no reference."""
        text = text_of(outputs, field="outputs")
        references = references_of(reference_outputs)
        score, metadata = self.scored(text, references)
        if not text.strip() or not any(reference.strip() for reference in references):
            metadata["empty"] = True
        return EvaluationResult(
            name=self.name, score=score, direction=self.direction, metadata=metadata
        )

    def scored(self, text: str, references: Sequence[str]) -> tuple[float, dict[str, Any]]:
        """The score and what else there is to know."""
        raise NotImplementedError


class SentenceScore(_OfReferences):
    """BLEU (of effective order), chrF, chrF++ or TER of one text, 0 to 100."""

    def __init__(
        self,
        metric: CorpusMetric = "bleu",
        *,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
        **options: Any,
    ) -> None:
        """`options` are those of sacrebleu's class. Raises ImportError without sacrebleu."""
        if metric == "bleu":
            options.setdefault("effective_order", True)
        self.scorer = _sacrebleu(metric, **options)
        self.name = metric
        if metric == "ter":
            self.direction = "minimize"
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def scored(self, text: str, references: Sequence[str]) -> tuple[float, dict[str, Any]]:
        """The score with sacrebleu's signature."""
        found = self.scorer.sentence_score(text, list(references))
        return float(found.score), {"signature": str(self.scorer.get_signature())}


class Rouge(_OfReferences):
    """ROUGE's F of one text, with precision and recall; of several references the best."""

    def __init__(
        self,
        kind: RougeType = "rougeL",
        *,
        stemmer: bool = False,
        tokenizer: Literal["ascii", "unicode"] = "ascii",
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """The tokenizer `ascii` is the usual one and knows only a-z and 0-9.

        Raises ValueError for another kind or tokenizer, ImportError without rouge-score.
        """
        for given, known in ((kind, get_args(RougeType)), (tokenizer, ("ascii", "unicode"))):
            if given not in known:
                raise ValueError(f"{given!r} is none of {', '.join(known)}")
        self.rouge, self.stemmer, self.tokenizer = kind, stemmer, tokenizer
        self.scorer = required("rouge_score.rouge_scorer").RougeScorer(
            [kind], use_stemmer=stemmer, tokenizer=_Words() if tokenizer == "unicode" else None
        )
        self.name = kind
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def scored(self, text: str, references: Sequence[str]) -> tuple[float, dict[str, Any]]:
        """F, with precision and recall."""
        if self.tokenizer == "ascii" and any(map(_is_other_script, (text, *references))):
            warnings.warn(
                f"{self.rouge} sees only a-z and 0-9 and would score this text 0: "
                "ask for tokenizer='unicode'",
                stacklevel=2,
            )
        found = max(
            (self.scorer.score(reference, text)[self.rouge] for reference in references),
            key=lambda score: score.fmeasure,
        )
        return float(found.fmeasure), {
            "precision": float(found.precision),
            "recall": float(found.recall),
            "stemmer": self.stemmer,
            "tokenizer": self.tokenizer,
        }


class Meteor(_OfReferences):
    """METEOR of exact words and Porter stems: synonyms would need WordNet's data."""

    name = "meteor"

    def scored(self, text: str, references: Sequence[str]) -> tuple[float, dict[str, Any]]:
        """The score of the best reference; alpha 0.9, beta 3, gamma 0.5."""
        score = required("nltk.translate.meteor_score").meteor_score
        words = [reference.split() for reference in references]
        found = score(words, text.split(), wordnet=_NoSynonyms())
        return float(found), {"synonyms": False, "alpha": 0.9, "beta": 3.0, "gamma": 0.5}


class Gleu(_OfReferences):
    """Google's sentence BLEU: n-grams of one to four words, the lesser of precision and recall."""

    name = "gleu"

    def scored(self, text: str, references: Sequence[str]) -> tuple[float, dict[str, Any]]:
        """The score."""
        score = required("nltk.translate.gleu_score").sentence_gleu
        words = [reference.split() for reference in references]
        if not text.split() or not any(words):
            return 0.0, {}
        return float(score(words, text.split())), {}


class _Words:
    """A tokenizer for ROUGE that knows the letters and digits of all scripts."""

    def tokenize(self, text: str) -> list[str]:
        """The words, lower-case."""
        kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower())
        return "".join(kept).split()


class _NoSynonyms:
    """Stands for WordNet where its data are not there: no word has a synonym."""

    def synsets(self, word: str) -> list[Any]:
        """None of any word."""
        return []


@cache
def _classes() -> Mapping[CorpusMetric, tuple[Any, dict[str, Any]]]:
    kinds = required("sacrebleu.metrics")
    return {
        "bleu": (kinds.BLEU, {}),
        "chrf": (kinds.CHRF, {}),
        "chrf++": (kinds.CHRF, {"word_order": 2}),
        "ter": (kinds.TER, {}),
    }


def _sacrebleu(metric: CorpusMetric, **options: Any) -> Any:
    if metric not in _classes():
        raise ValueError(f"no metric {metric!r}: choose from {', '.join(_classes())}")
    kind, given = _classes()[metric]
    return kind(**given, **options)


def _is_other_script(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    others = sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return bool(letters) and others > NON_LATIN * len(letters)
