"""Which system is preferred, by any judge of pairs, and whether that judge can be trusted."""

from pilothouse.evaluation.pairwise.best_of import BestOf, Choice, select_best
from pilothouse.evaluation.pairwise.judges import (
    PairJudge,
    PairJudgeLike,
    Said,
    Shown,
    as_pair_judge,
    create_pair_judge,
)
from pilothouse.evaluation.pairwise.lengths import Lengths
from pilothouse.evaluation.pairwise.protocol import PUBLISHED, Call, PairProtocol, Trial, Verdict
from pilothouse.evaluation.pairwise.report import PairwiseReport
from pilothouse.evaluation.pairwise.systems import acompare_pairs, compare_pairs
from pilothouse.evaluation.pairwise.tournament import (
    Tournament,
    arank_systems,
    rank_systems,
    tournament_of,
)
from pilothouse.evaluation.pairwise.trust import Position

__all__ = [
    "PUBLISHED",
    "BestOf",
    "Call",
    "Choice",
    "Lengths",
    "PairJudge",
    "PairJudgeLike",
    "PairProtocol",
    "PairwiseReport",
    "Position",
    "Said",
    "Shown",
    "Tournament",
    "Trial",
    "Verdict",
    "acompare_pairs",
    "arank_systems",
    "as_pair_judge",
    "compare_pairs",
    "create_pair_judge",
    "rank_systems",
    "select_best",
    "tournament_of",
]
