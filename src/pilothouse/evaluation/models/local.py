"""A small model of embeddings on this machine: no account, no server, no torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.models.encoder import encoder
from pilothouse.evaluation.models.functions import in_thread
from pilothouse.evaluation.models.weights import MODEL, PUBLISHED, Weights, folder_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONGEST: Final = 256  # tokens; what follows is not read
_BATCH: Final = 32
_loading = threading.Lock()


class LocalEmbedder:
    """all-MiniLM-L6-v2, or the encoder of a folder: 384 numbers a text, of length one.

    English; the first 256 tokens of a text count. The same text gives the same vector, up to 1e-6
    whatever else it is embedded with. The model is loaded at the first text and once a process.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        """`folder` is as sentence-transformers keeps a model of BERT's kind, pooled by the mean.

        Raises ImportError saying what to install where something is missing.
        """
        for module in ("onnxruntime", "onnx", "tokenizers", "numpy"):
            _installed(module)
        self._folder = folder_of(folder)
        self._own = folder is not None

    @property
    def name(self) -> str:
        """The model's name, or that of the folder it was given."""
        return f"local:{self._folder.name if self._own else MODEL}"

    @property
    def id(self) -> str:
        """All that vectors depend on, as an index keeps it to be compared with no others."""
        return f"{self.name}@{self._encoder.digest[:12]}/mean/l2/{_LONGEST}"

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self._encoder.dim

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of float32 a text."""
        return self._encoder.vectors(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of one text."""
        vector: NDArray[np.float32] = self.embed_documents([text])[0]
        return vector

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text, in order, worked out in a thread."""
        vectors = await in_thread(self.embed_documents, texts)
        found: list[list[float]] = vectors.tolist()
        return found

    @property
    def _encoder(self) -> _Encoder:
        with _loading:
            return _loaded(self._folder, published=not self._own)


class _Encoder:
    """A loaded model."""

    def __init__(self, folder: Path, *, published: bool) -> None:
        weights = Weights(folder)
        self.digest = weights.digest()
        if published and self.digest != PUBLISHED:
            raise ValueError(
                f"the weights in {str(folder)!r} are not those published as {MODEL}: "
                f"give local:{folder} if they are meant"
            )
        self._run = encoder(weights)
        self.dim = int(weights.config["hidden_size"])
        self._tokenizer = _installed("tokenizers").Tokenizer.from_file(
            str(folder / "tokenizer.json")
        )
        longest = min(_LONGEST, int(weights.config["max_position_embeddings"]))
        self._tokenizer.enable_truncation(longest)
        self._tokenizer.no_padding()

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"text {place + 1} to embed is {type(text).__name__}, no text")
        # half a surrogate pair is no text to the tokenizer
        plain = [text.encode("utf-8", "replace").decode() for text in texts]
        found = np.empty((len(plain), self.dim), np.float32)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(plain)]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))  # little padding in a batch
        for begin in range(0, len(order), _BATCH):
            some = order[begin : begin + _BATCH]
            width = len(ids[some[-1]])
            given = np.zeros((2, len(some), width), np.int64)
            for row, at in enumerate(some):
                given[0, row, : len(ids[at])] = ids[at]
                given[1, row, : len(ids[at])] = 1
            found[some] = self._run(given[0], given[1])
        return found


@cache
def _loaded(folder: Path, *, published: bool) -> _Encoder:
    return _Encoder(folder, published=published)


def _installed(module: str) -> Any:
    return required(module, extra="local")
