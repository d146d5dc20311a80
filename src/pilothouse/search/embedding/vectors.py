"""Vectors as an index keeps them: float32, one row a text, of length one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilothouse.search.errors import EmbeddingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


def checked(given: Any, *, count: int, name: str) -> Vectors:
    """What a model gave, as rows of length one. Any: lists of floats, or an array.

    Raises EmbeddingError for another number of vectors, unequal lengths, or what is no number.
    """
    import numpy as np

    try:
        found = np.array(given, np.float32)
    except (TypeError, ValueError) as e:
        raise EmbeddingError(f"{name!r} gave no rows of numbers: {e}") from None
    if found.ndim != 2 or len(found) != count or not found.shape[1]:
        said = f"{name!r} gave an array of shape {found.shape} for {count} texts"
        raise EmbeddingError(said)
    return unit(found, name=name)


def unit(found: Vectors, *, name: str) -> Vectors:
    """Rows brought to length one, in place; one of zeros stays, as it is like nothing.

    Raises EmbeddingError where one holds what is no number.
    """
    import numpy as np

    lengths = np.sqrt(np.einsum("ij,ij->i", found, found))
    if not np.isfinite(lengths).all():
        at = int(np.flatnonzero(~np.isfinite(lengths))[0])
        raise EmbeddingError(f"vector {at + 1} of {name!r} holds what is no number")
    lengths[lengths == 0] = 1
    found /= lengths[:, None]
    return found
