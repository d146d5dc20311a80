"""What a row of an evaluation costs here and in other libraries, side by side in one process.

    pip install langchain-classic openevals ragas deepeval '.[eval]'
    python bench/evaluation_peers.py [--rows 2000] [--rounds 3]

CPU time over models that answer at once, each library by the model that it is quickest with; in
turns, and the least of the rounds counts. Rows bring their answers, so that no application is
measured. Our runner writes its journal; the others keep what they keep without an account.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pilothouse as ph
from pilothouse.evaluation.judges import ClassificationEvaluator
from pilothouse.evaluation.metrics.strings import ExactMatch, distance_function
from pilothouse.evaluation.models import Completion, Request
from pilothouse.evaluation.results import Usage

QUESTION = "How do I reset my password, case {}?"
ANSWER = "Thank you for asking! " * 10
REASON = "It thanks the reader and offers help."
OFFLINE = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "DEEPEVAL_NO_INSPECT_PROMPT": "1",
    "RAGAS_DO_NOT_TRACK": "true",
}
"""Nothing is to be reported, or asked, while it is measured."""
Case = Callable[[int], None]
"""Judges so many rows."""


class Within:
    """Our model: a verdict at once."""

    name = "within"
    structures = ("json_schema", "text")

    def __init__(self, text: str = json.dumps({"explanation": REASON, "label": "polite"})) -> None:
        self.text = text

    async def complete(self, request: Request) -> Completion:
        return Completion(text=self.text, model="within", usage=Usage(calls=1))


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"row-{i}",
            "inputs": QUESTION.format(i),
            "outputs": ANSWER,
            "reference_outputs": ANSWER,
        }
        for i in range(count)
    ]


def ours(evaluator: Any) -> Case:
    def run(count: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder, "run.jsonl")
            found = ph.evaluate(None, rows(count), [evaluator], journal=journal, progress="none")
            assert found.summary.failed_rows == 0

    return run


def runners() -> dict[str, Case]:
    """Whole runs: data in, summary out."""
    judge = ClassificationEvaluator(
        "Is it polite?\n{inputs}\n{outputs}", {"polite": 1, "rude": 0}, model=Within()
    )
    return {
        "deterministic: pilothouse": ours(ExactMatch()),
        "deterministic: deepeval": _deepeval(judged=False),
        "judged: pilothouse": ours(judge),
        "judged: deepeval": _deepeval(judged=True),
        "judged: ragas": _ragas(),
        "judged: openevals": _openevals(),
    }


def _deepeval(*, judged: bool) -> Case:
    from deepeval import evaluate
    from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
    from deepeval.metrics import ExactMatchMetric, GEval
    from deepeval.models import DeepEvalBaseLLM
    from deepeval.test_case import LLMTestCase, SingleTurnParams

    class Model(DeepEvalBaseLLM):  # type: ignore[misc] # untyped where it is not installed
        def load_model(self) -> Any:
            return self

        def generate(self, prompt: str, schema: Any = None) -> Any:
            return schema(score=10, reason=REASON)

        async def a_generate(self, prompt: str, schema: Any = None) -> Any:
            return schema(score=10, reason=REASON)

        def get_model_name(self) -> str:
            return "within"

    def metric() -> Any:
        if not judged:
            return ExactMatchMetric()
        return GEval(
            name="politeness",
            evaluation_steps=["Is it polite?"],
            evaluation_params=[SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT],
            model=Model(),
        )

    def run(count: int) -> None:
        cases = [
            LLMTestCase(
                input=row["inputs"],
                actual_output=row["outputs"],
                expected_output=row["reference_outputs"],
            )
            for row in rows(count)
        ]
        found = evaluate(
            cases,
            [metric()],
            async_config=AsyncConfig(max_concurrent=50),
            display_config=DisplayConfig(
                show_indicator=False, print_results=False, inspect_after_run=False
            ),
            cache_config=CacheConfig(write_cache=False),
        )
        assert all(result.success for result in found.test_results)

    return run


def _ragas() -> Case:
    _vertex()
    from langchain_core.outputs import Generation, LLMResult
    from ragas import EvaluationDataset, evaluate
    from ragas.llms.base import BaseRagasLLM
    from ragas.metrics import AspectCritic

    class Model(BaseRagasLLM):  # type: ignore[misc] # untyped where it is not installed
        text = json.dumps({"reason": REASON, "verdict": 1})

        def generate_text(self, *args: Any, **kwargs: Any) -> Any:
            return LLMResult(generations=[[Generation(text=self.text)]])

        async def agenerate_text(self, *args: Any, **kwargs: Any) -> Any:
            return self.generate_text()

        def is_finished(self, response: Any) -> bool:
            return True

    def run(count: int) -> None:
        data = EvaluationDataset.from_list(
            [{"user_input": row["inputs"], "response": row["outputs"]} for row in rows(count)]
        )
        metric = AspectCritic(name="politeness", definition="Is it polite?")
        found = evaluate(data, [metric], llm=Model(), show_progress=False)
        assert sum(found["politeness"]) == count

    return run


def _vertex() -> None:
    """Stands for two classes that Ragas 0.4 imports and langchain-community no longer has."""
    for name, gone in (
        ("langchain_community.chat_models.vertexai", "ChatVertexAI"),
        ("langchain_community.llms", "VertexAI"),
    ):
        module = sys.modules.setdefault(name, ModuleType(name))
        setattr(module, gone, type(gone, (), {}))


def _openevals() -> Case:
    from openevals.llm import create_async_llm_as_judge

    said = json.dumps({"reasoning": REASON, "score": True})
    message = SimpleNamespace(content=said, tool_calls=None, refusal=None)
    answer = SimpleNamespace(choices=[SimpleNamespace(message=message)])

    class Completions:
        async def create(self, **asked: Any) -> Any:
            return answer

    client = SimpleNamespace(chat=SimpleNamespace(completions=Completions()))

    def run(count: int) -> None:
        judge = create_async_llm_as_judge(
            prompt="Is it polite?\n{inputs}\n{outputs}", judge=client, model="within"
        )

        async def every() -> None:
            for row in rows(count):
                found = await judge(inputs=row["inputs"], outputs=row["outputs"])
                assert found["score"]

        asyncio.run(every())

    return run


def judges() -> dict[str, Case]:
    """LangChain's criteria judge by itself, and what its users may load in its place."""
    from langchain_classic.evaluation import load_evaluator
    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, ChatResult

    text = f"{REASON}\nY"

    class Model(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "within"

        def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
            return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

        async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
            return self._generate()

    def alone(evaluator: Any) -> Case:
        async def every(count: int) -> None:
            for row in rows(count):
                said = await evaluator.aevaluate_strings(
                    prediction=row["outputs"], input=row["inputs"]
                )
                assert said["score"] == 1

        return lambda count: asyncio.run(every(count))

    def bare(count: int) -> None:
        async def every() -> None:
            for row in rows(count):
                await Model().ainvoke(row["outputs"])

        asyncio.run(every())

    made = {"criteria": "conciseness"}
    return {
        "judge alone: langchain-classic": alone(load_evaluator("criteria", llm=Model(), **made)),
        "judge alone: pilothouse, LangChain's model": alone(
            ph.load_evaluator("criteria", llm=Model(), **made)
        ),
        "judge alone: pilothouse, its own model": alone(
            ph.load_evaluator("criteria", llm=Within(text), **made)
        ),
        "LangChain's model without a judge": bare,
    }


def distances() -> dict[str, Case]:
    """Edit distances of pairs, by LangChain's method and as a function."""
    from langchain_classic.evaluation import load_evaluator

    def pairs(count: int) -> list[tuple[str, str]]:
        return [(QUESTION.format(i), QUESTION.format(i // 2)) for i in range(count)]

    def by_method(evaluator: Any) -> Case:
        def run(count: int) -> None:
            for made, wanted in pairs(count):
                evaluator.evaluate_strings(prediction=made, reference=wanted)

        return run

    def by_function(count: int) -> None:
        between = distance_function("jaro_winkler")
        for made, wanted in pairs(count):
            between(made, wanted)

    return {
        "distance: langchain-classic": by_method(load_evaluator("string_distance")),
        "distance: pilothouse": by_method(ph.load_evaluator("string_distance")),
        "distance: pilothouse, as a function": by_function,
    }


def measured(cases: dict[str, Case], count: int, rounds: int) -> dict[str, float]:
    """The least CPU microseconds a row of each, in turns."""
    best: dict[str, float] = {}
    for case in cases.values():
        _silent(case, 20)
    for _ in range(rounds):
        for name, case in cases.items():
            cpu = time.process_time()
            _silent(case, count)
            cpu = (time.process_time() - cpu) / count * 1e6
            best[name] = min(best.get(name, cpu), cpu)
    return best


def _silent(case: Case, count: int) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        case(count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="runners,judges,distances")
    parser.add_argument("--libraries", default="", help="those to measure, by commas; all if empty")
    given = parser.parse_args()
    os.environ.update(OFFLINE)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    names = ("deepeval", "ragas", "openevals", "langchain-classic")
    print(", ".join(f"{name} {version(name)}" for name in names))
    groups = {"runners": runners, "judges": judges, "distances": distances}
    for only in given.only.split(","):
        count = 10_000 if only == "distances" else given.rows
        libraries = given.libraries.split(",")
        cases = {n: c for n, c in groups[only]().items() if any(x in n for x in libraries)}
        for name, cpu in measured(cases, count, given.rounds).items():
            print(f"{name}: {cpu:,.1f} µs CPU a row")


if __name__ == "__main__":
    main()
