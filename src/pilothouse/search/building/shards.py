"""Shards of what is to be embedded: which texts, who does them, and where their vectors wait."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilothouse.search.models import Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Some of the texts. It holds no model and no connection, so that it can be sent anywhere."""

    number: int
    places: Sequence[int]
    """Where its texts stand among all."""
    texts: Sequence[str]

    def digest(self, model: str) -> str:
        """What tells whether vectors that wait are those of these texts by this model."""
        found = sha256(model.encode())
        for text in self.texts:
            found.update(sha256(text.encode("utf-8", "surrogatepass")).digest())
        return found.hexdigest()


def shards_of(chunks: Sequence[Chunk], count: int) -> list[Shard]:
    """At most `count` shards, the same for the same chunks whatever their order; none is empty."""
    by_shard: dict[int, list[int]] = {}
    for place, chunk in enumerate(chunks):
        by_shard.setdefault(int(sha256(chunk.id.encode()).hexdigest()[:8], 16) % count, []).append(
            place
        )
    return [
        Shard(number=number, places=places, texts=[chunks[place].text for place in places])
        for number, places in sorted(by_shard.items())
    ]


class Waiting:
    """Vectors of finished shards in a folder, for a build that is begun again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, shard: Shard, model: str) -> NDArray[np.float32] | None:
        """The vectors of a shard, if they wait here whole."""
        import numpy as np

        about, vectors = self._paths(shard)
        try:
            said = json.loads(about.read_bytes())
            if said.get("digest") != shard.digest(model):
                return None
            found: Any = np.load(vectors, allow_pickle=False)
        except (OSError, ValueError, AttributeError):
            return None
        whole = found.shape == (len(shard.texts), said["dim"])
        return found if whole else None

    def put(self, shard: Shard, model: str, vectors: NDArray[np.float32]) -> None:
        """Keeps the vectors of a shard; it is whole once its description is there."""
        import numpy as np

        about, path = self._paths(shard)
        about.unlink(missing_ok=True)
        with path.open("wb") as file:
            np.save(file, vectors, allow_pickle=False)
        said = {"digest": shard.digest(model), "dim": int(vectors.shape[1])}
        fresh = about.with_suffix(".part")
        fresh.write_text(json.dumps(said), "utf-8")
        fresh.replace(about)

    def _paths(self, shard: Shard) -> tuple[Path, Path]:
        name = f"shard-{shard.number}"
        return self._folder / f"{name}.json", self._folder / f"{name}.npy"
