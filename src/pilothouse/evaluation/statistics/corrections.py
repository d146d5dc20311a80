"""p-values of several questions asked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Correction = Literal["holm", "bonferroni", "sidak", "hochberg", "fdr_bh", "fdr_by"]


def adjusted(p_values: Sequence[float], method: Correction = "holm") -> list[float]:
    """The p-values in their order, each raised by how many questions were asked.

    Holm (1979) for a family that a decision rests on; `fdr_bh`, Benjamini and Hochberg (1995), for
    exploration, where a share of false finds is acceptable. Raises ValueError for what is no p.
    """
    p = np.asarray(p_values, dtype=float)
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p-values lie between 0 and 1: {list(p_values)}")
    m = p.size
    if m == 0:
        return []
    order = np.argsort(p, kind="stable")
    ranked = p[order]
    rank = np.arange(1, m + 1)
    if method == "bonferroni":
        raised = ranked * m
    elif method == "sidak":
        with np.errstate(divide="ignore"):  # log(0) at p = 1, which stays 1
            raised = -np.expm1(m * np.log1p(-ranked))
    elif method == "holm":
        raised = np.maximum.accumulate(ranked * (m - rank + 1))
    else:
        factor = m - rank + 1 if method == "hochberg" else m / rank
        if method == "fdr_by":
            factor = factor * (1 / rank).sum()
        raised = np.minimum.accumulate((ranked * factor)[::-1])[::-1]
    result = np.empty(m)
    result[order] = raised.clip(max=1)
    return [float(value) for value in result]
