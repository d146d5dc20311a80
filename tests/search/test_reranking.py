"""Rerankers: a cross-encoder from a folder, a language model, and what they do to a search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.openai_server import Answer, openai_server
from pilothouse.search import Index, RerankError, as_reranker, quality, split
from pilothouse.search.quality import Question
from search_world import TOPICS, documents

TEXTS = list(TOPICS.values())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cross-encoder whose score is how many tokens of the text are the word "screens"."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    unknown = "[UNK]"
    words = ["[PAD]", unknown, "[CLS]", "[SEP]", "screens", "what"]
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    inputs = [
        helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["n", "t"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    constants = [
        numpy_helper.from_array(np.array(4, np.int64), "wanted"),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
    ]
    nodes = [
        helper.make_node("Equal", ["input_ids", "wanted"], ["is"]),
        helper.make_node("Cast", ["is"], ["is_n"], to=onnx.TensorProto.INT64),
        helper.make_node("Mul", ["is_n", "token_type_ids"], ["in_text"]),
        helper.make_node("Mul", ["in_text", "attention_mask"], ["seen"]),
        helper.make_node("ReduceSum", ["seen", "axis"], ["sum"], keepdims=1),
        helper.make_node("Cast", ["sum"], ["logits"], to=onnx.TensorProto.FLOAT),
    ]
    out = [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["n", 1])]
    graph = helper.make_graph(nodes, "scores", inputs, out, constants)
    opset = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), tmp_path / "model.onnx")
    return tmp_path


def test_a_cross_encoder_reads_question_and_text_together(folder: Path) -> None:
    reranker = as_reranker(f"cross-encoder:{folder}")

    texts = ["no", "screens screens", "a " * 600 + "screens", *["screens"] * 30]

    assert list(reranker("what screens", texts)) == [0, 2, 0, *[1] * 30], "the text is cut off"
    assert list(reranker("what", [])) == []


def test_the_best_of_those_found_are_ordered_anew_and_measured(folder: Path) -> None:
    index = Index.build(split(documents()), "hash:512")
    reranker = as_reranker(f"cross-encoder:{folder}")
    questions = [Question(query="refunds paid", grades={"warranty.md": 1.0})]

    hits = index.search("refunds paid", 1, mode="hybrid", fetch_k=5, rerank=reranker)
    plain, anew = (
        quality.evaluate(index, questions, k=3, modes=["hybrid"], rerank=rerank)
        for rerank in (None, reranker)
    )

    assert [hit.source for hit in hits] == ["warranty.md"]
    assert plain.modes[0].metrics["mrr@3"].mean < anew.modes[0].metrics["mrr@3"].mean == 1


def test_a_model_scores_all_passages_of_a_call(folder: Path) -> None:
    def score(body: dict[str, Any]) -> Answer:
        shown = body["messages"][-1]["content"]
        count = shown.count("Passage ")
        return Answer(text=json.dumps({"scores": [10 if n == 2 else 1 for n in range(count)]}))

    with openai_server() as server:
        server.script = score
        reranker = as_reranker(f"llm:gpt-4o@{server.base_url}", api_key="k")

        found = list(reranker("which?", [*TEXTS, *TEXTS, *TEXTS, *TEXTS, *TEXTS]))

        assert len(server.asked) == 2, "twenty a call"
    assert [place for place, value in enumerate(found) if value == 10] == [2, 22]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{"scores": [1, 2]}', "5 numbers"),
        ('{"scores": [1, 2, 3, 4, 11]}', "not from 0 to 10"),
        ('{"scores": [1, 2, 3, 4, "x"]}', "no number"),
        ("I cannot say.", "not scored"),
    ],
)
def test_what_is_no_score_is_an_error_and_no_order(said: str, told: str) -> None:
    with openai_server() as server:
        server.script = lambda _: Answer(text=said)
        reranker = as_reranker(f"llm:gpt-4o@{server.base_url}", api_key="k")

        with pytest.raises(RerankError, match=told):
            reranker("which?", TEXTS)


def test_what_is_no_reranker_is_refused(tmp_path: Path, folder: Path) -> None:
    for wrong in ("gpt-4o", "cross-encoder:", "llm:"):
        with pytest.raises(ValueError, match="cross-encoder:FOLDER or llm:NAME@URL"):
            as_reranker(wrong)
    with pytest.raises(TypeError, match="no reranker"):
        as_reranker(5)
    with pytest.raises(RerankError, match=r"no model\.onnx"):
        as_reranker(f"cross-encoder:{tmp_path / 'nowhere'}")
    (folder / "model.onnx").write_bytes(b"\x00")
    with pytest.raises(RerankError, match="cannot be read"):
        as_reranker(f"cross-encoder:{folder}")
