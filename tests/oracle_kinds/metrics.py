"""Rows of metrics without a judge: texts, rankings and labels."""

from __future__ import annotations

import warnings
from typing import Any

from pilothouse.evaluation.metrics import classification as labels
from pilothouse.evaluation.metrics import retrieval as rankings
from pilothouse.evaluation.metrics import strings, texts
from pilothouse.evaluation.metrics.perplexity import perplexity as surprise
from pilothouse.evaluation.results import EvaluationResult


def retrieval(row: dict[str, Any]) -> dict[str, Any]:
    ranked, grades = rankings.ranking_of(row["retrieved"]), rankings.grades_of(row["relevance"])
    whole = rankings.RetrievalMetric("ap").evaluate(outputs=ranked, reference_outputs=grades)
    if whole.status == "not_applicable":
        return {"undefined": True, "empty_retrieval": not ranked}
    answer: dict[str, Any] = {
        "undefined": False,
        "empty_retrieval": not ranked,
        "ap": whole.score,
        "mrr": rankings.reciprocal_rank(ranked, grades),
        "ndcg": rankings.ndcg(ranked, grades),
        "r_precision": rankings.r_precision(ranked, grades),
    }
    for k in (1, 3, 5, 10):
        for measure in ("precision", "recall", "hit", "ndcg", "ap"):
            metric = rankings.RetrievalMetric(measure, k)
            answer[metric.name] = metric.evaluate(outputs=ranked, reference_outputs=grades).score
        answer[f"ndcg_exp@{k}"] = rankings.ndcg(ranked, grades, k, gain="exp")
    return answer


def classification(row: dict[str, Any]) -> dict[str, Any]:
    found = labels.classification(row["reference"], row["prediction"])
    answer: dict[str, Any] = {
        "accuracy": found.accuracy,
        "balanced_accuracy": found.balanced_accuracy,
        "mcc": found.mcc,
        "cohen_kappa": found.kappa,
        "cohen_kappa_linear": found.kappa_linear,
        "cohen_kappa_quadratic": found.kappa_quadratic,
        "confusion": {"labels": list(found.labels), "matrix": found.confusion},
        "per_label": {
            str(label): [rates.precision, rates.recall, rates.f1, rates.support]
            for label, rates in found.labels.items()
        },
    }
    for average, rates in found.averages.items():
        answer[average] = {
            "precision": rates.precision,
            "recall": rates.recall,
            "f1": rates.f1,
            "f0.5": rates.f05,
            "f2": rates.f2,
        }
    return answer


def string_distance(row: dict[str, Any]) -> dict[str, Any]:
    texts = row["reference"], row["prediction"]
    return {
        name: {
            "normalized": strings.distance_function(name)(*texts),
            "raw": strings.distance_function(name, normalized=False)(*texts),
            "pairwise_normalized": strings.distance_function(name)(*reversed(texts)),
        }
        for name in strings.DISTANCES
    }


def exact_match(row: dict[str, Any]) -> dict[str, Any]:
    return _score(strings.ExactMatch(**row["options"]), row)


def regex_match(row: dict[str, Any]) -> dict[str, Any]:
    return _score(strings.RegexMatch(flags=row["flags"]), row)


def squad_multi(row: dict[str, Any]) -> dict[str, Any]:
    found = strings.SquadF1().evaluate(
        outputs=row["prediction"], reference_outputs=row["references"]
    )
    return {"em": found.metadata["exact"], "f1": found.score}


def perplexity(row: dict[str, Any]) -> dict[str, Any]:
    found = surprise(row["text"], row["token_logprobs"])
    return {
        "token_perplexity": found.per_token,
        "mean_nll": -found.logprob / found.tokens if found.tokens else None,
        "sum_logprob": found.logprob,
        "word_perplexity": found.per_word,
        "byte_perplexity": found.per_byte,
        "bits_per_byte": found.bits_per_byte,
    }


def text_metrics_sentence(row: dict[str, Any]) -> dict[str, Any]:
    text, reference = row["prediction"], row["reference"]

    def found(evaluator: strings.Evaluator) -> EvaluationResult:
        with warnings.catch_warnings(action="ignore"):  # of scripts that ROUGE cannot see
            return evaluator.evaluate(outputs=text, reference_outputs=reference)

    def of(metric: texts.CorpusMetric, **options: Any) -> Any:
        return found(texts.SentenceScore(metric, **options)).score

    def rouge(kind: texts.RougeType, *, stemmer: bool) -> list[Any]:
        score = found(texts.Rouge(kind, stemmer=stemmer))
        return [score.metadata["precision"], score.metadata["recall"], score.score]

    kinds: tuple[texts.RougeType, ...] = ("rouge1", "rouge2", "rougeL", "rougeLsum")
    squad = found(strings.SquadF1())
    return {
        "bleu": {
            "default": of("bleu"),
            "lowercase": of("bleu", lowercase=True),
            "char": of("bleu", tokenize="char"),
            "intl": of("bleu", tokenize="intl"),
        },
        "chrf": {"chrf": of("chrf"), "chrf++": of("chrf++")},
        "ter": {
            "default": of("ter"),
            "normalized_casesensitive": of("ter", normalized=True, case_sensitive=True),
        },
        "rouge": {
            "nostem": {kind: rouge(kind, stemmer=False) for kind in kinds},
            "stem": {kind: rouge(kind, stemmer=True) for kind in kinds},
        },
        "squad_em": squad.metadata["exact"],
        "squad_f1": squad.score,
        "meteor_exact_stem": found(texts.Meteor()).score,
        "gleu": found(texts.Gleu()).score,
    }


def text_metrics_corpus(row: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, tuple[texts.CorpusMetric, dict[str, Any]]] = {
        "bleu": ("bleu", {}),
        "bleu_lc": ("bleu", {"lowercase": True}),
        "bleu_intl": ("bleu", {"tokenize": "intl"}),
        "bleu_zh": ("bleu", {"tokenize": "zh"}),
        "bleu_floor": ("bleu", {"smooth_method": "floor"}),
        "bleu_addk": ("bleu", {"smooth_method": "add-k"}),
        "bleu_none": ("bleu", {"smooth_method": "none"}),
        "chrf": ("chrf", {}),
        "chrf++": ("chrf++", {}),
        "ter": ("ter", {}),
    }
    answer = {}
    for name, (metric, given) in options.items():
        found = texts.corpus(row["hypotheses"], row["references"], metric, **given)
        answer[name] = {"score": found.score, "signature": found.signature}
    return answer


def corpus_wanted(row: dict[str, Any]) -> dict[str, Any]:
    """Scores and signatures, without the parts of BLEU."""
    return {
        name: {"score": of["score"], "signature": of["signature"]}
        for name, of in row["expected"].items()
    }


def _score(evaluator: strings.Evaluator, row: dict[str, Any]) -> dict[str, Any]:
    found: EvaluationResult = evaluator.evaluate(
        outputs=row["prediction"], reference_outputs=row["reference"]
    )
    return {"score": found.score} if found.error is None else {"error": found.error.message}


KINDS: dict[str, tuple[Any, ...]] = {
    "retrieval": (retrieval,),
    "classification": (classification,),
    "string_distance": (string_distance,),
    "exact_match": (exact_match,),
    "regex_match": (regex_match,),
    "squad_multi": (squad_multi,),
    "perplexity": (perplexity,),
    "text_metrics_sentence": (text_metrics_sentence,),
    "text_metrics_corpus": (text_metrics_corpus, 1e-9, corpus_wanted),
}
