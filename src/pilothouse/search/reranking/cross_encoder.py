"""A cross-encoder in ONNX, from a folder as Hugging Face's `optimum` exports it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.search.errors import RerankError

_LONGEST: Final = 512
_AT_ONCE: Final = 16
_PLACES: Final = ("model.onnx", "onnx/model.onnx")


class CrossEncoder:
    """Reads a question and a text together; its scores are the model's logits."""

    def __init__(self, folder: str | Path, *, max_tokens: int = _LONGEST) -> None:
        """The folder holds `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`.

        Raises RerankError for one that does not, ImportError without the extra `local`.
        """
        onnxruntime = required("onnxruntime", extra="local")
        tokenizers = required("tokenizers", extra="local")
        where = Path(folder)
        model = next((where / name for name in _PLACES if (where / name).is_file()), None)
        if model is None or not (where / "tokenizer.json").is_file():
            raise RerankError(f"{where} holds no model.onnx with its tokenizer.json")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = tokenizers.Tokenizer.from_file(str(where / "tokenizer.json"))
        except Exception as e:  # the libraries' own errors have no common kind
            raise RerankError(f"{where} holds a model that cannot be read: {e}") from e
        self._tokenizer.enable_truncation(max_tokens, strategy="only_second")
        self._tokenizer.enable_padding()
        self._inputs = {one.name for one in self._session.get_inputs()}

    def __call__(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in order; the greater the better. Raises RerankError."""
        scores = [0.0] * len(texts)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for at in range(0, len(order), _AT_ONCE):
            some = order[at : at + _AT_ONCE]
            for place, score in zip(
                some, self._scored(query, [texts[p] for p in some]), strict=True
            ):
                scores[place] = score
        return scores

    def _scored(self, query: str, texts: Sequence[str]) -> list[float]:
        import numpy as np

        encoded = self._tokenizer.encode_batch([(query, text) for text in texts])
        known: dict[str, Any] = {
            "input_ids": [one.ids for one in encoded],
            "attention_mask": [one.attention_mask for one in encoded],
            "token_type_ids": [one.type_ids for one in encoded],
        }
        given = {name: np.asarray(known[name], np.int64) for name in known if name in self._inputs}
        try:
            found = np.asarray(self._session.run(None, given)[0], np.float64)
        except Exception as e:  # the library's own errors have no common kind
            raise RerankError(f"the cross-encoder failed: {e}") from e
        if found.ndim == 2 and found.shape[1] == 2:  # logits of "no" and "yes"
            found = found[:, 1] - found[:, 0]
        if found.size != len(texts):
            raise RerankError(f"the cross-encoder gave {found.shape} scores for {len(texts)} texts")
        rows: list[float] = found.reshape(-1).tolist()
        return rows
