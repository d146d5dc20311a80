"""The names by which evaluators, criteria and distances are asked for."""

from __future__ import annotations

from enum import StrEnum


class EvaluatorType(StrEnum):
    """The evaluators that `load_evaluator` knows."""

    QA = "qa"
    COT_QA = "cot_qa"
    CONTEXT_QA = "context_qa"
    PAIRWISE_STRING = "pairwise_string"
    SCORE_STRING = "score_string"
    LABELED_PAIRWISE_STRING = "labeled_pairwise_string"
    LABELED_SCORE_STRING = "labeled_score_string"
    AGENT_TRAJECTORY = "trajectory"
    CRITERIA = "criteria"
    LABELED_CRITERIA = "labeled_criteria"
    STRING_DISTANCE = "string_distance"
    EXACT_MATCH = "exact_match"
    REGEX_MATCH = "regex_match"
    PAIRWISE_STRING_DISTANCE = "pairwise_string_distance"
    EMBEDDING_DISTANCE = "embedding_distance"
    PAIRWISE_EMBEDDING_DISTANCE = "pairwise_embedding_distance"
    JSON_VALIDITY = "json_validity"
    JSON_EQUALITY = "json_equality"
    JSON_EDIT_DISTANCE = "json_edit_distance"
    JSON_SCHEMA_VALIDATION = "json_schema_validation"


class Criteria(StrEnum):
    """The criteria that have a description of their own."""

    CONCISENESS = "conciseness"
    RELEVANCE = "relevance"
    CORRECTNESS = "correctness"
    COHERENCE = "coherence"
    HARMFULNESS = "harmfulness"
    MALICIOUSNESS = "maliciousness"
    HELPFULNESS = "helpfulness"
    CONTROVERSIALITY = "controversiality"
    MISOGYNY = "misogyny"
    CRIMINALITY = "criminality"
    INSENSITIVITY = "insensitivity"
    DEPTH = "depth"
    CREATIVITY = "creativity"
    DETAIL = "detail"


class StringDistance(StrEnum):
    """Ways to count edits between two texts."""

    DAMERAU_LEVENSHTEIN = "damerau_levenshtein"
    LEVENSHTEIN = "levenshtein"
    JARO = "jaro"
    JARO_WINKLER = "jaro_winkler"
    HAMMING = "hamming"
    INDEL = "indel"


class EmbeddingDistance(StrEnum):
    """Ways to measure between two vectors."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    MANHATTAN = "manhattan"
    CHEBYSHEV = "chebyshev"
    HAMMING = "hamming"
