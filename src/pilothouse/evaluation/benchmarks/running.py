"""Runs a benchmark: rows from files, a model at an endpoint, a report with standard errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.benchmarks.asking import (
    Continuing,
    OneToken,
    by_letter,
    by_likelihood,
    by_text,
    example_of,
    length_of,
)
from pilothouse.evaluation.benchmarks.catalogue import task_named
from pilothouse.evaluation.benchmarks.likelihoods import (
    Echoing,
    EchoModel,
    Likelihoods,
    Tokenizer,
    self_check,
)
from pilothouse.evaluation.benchmarks.measures import scores_of
from pilothouse.evaluation.benchmarks.report import (
    BenchmarkReport,
    differing,
    report_of,
    settings_of,
)
from pilothouse.evaluation.benchmarks.rows import Data, Worked, load_rows
from pilothouse.evaluation.benchmarks.tasks import Mode, Task
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models.cache import Cache, Cached
from pilothouse.evaluation.models.chat import ChatModel
from pilothouse.evaluation.models.endpoint import Endpoint
from pilothouse.evaluation.models.given import ModelLike, as_model
from pilothouse.evaluation.models.limits import Limited, Limiter
from pilothouse.evaluation.models.prices import Priced, Prices
from pilothouse.evaluation.models.retries import RetryPolicy, retried
from pilothouse.evaluation.runner import Experiment, aevaluate, evaluate, load_experiment
from pilothouse.evaluation.runner.targets import Target

_ASSISTANT: Final = re.compile(
    r"instruct|chat|assistant|[-_.]it\b|gpt-oss|gpt-[3-9]|claude|think|reason|\br1\b|qwq",
    re.IGNORECASE,
)
"""Names of models that were trained to answer, not to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a benchmark asks a model, and from what. `run_benchmark` takes these by name."""

    mode: Mode | None = None
    """Log-likelihood for tasks with options, else a chat answer."""
    base_url: str | None = None
    api_key: str | None = None
    shots: int | None = None
    """Worked examples before each question; as is usual for the task, in a chat none."""
    shots_data: Data | None = None
    """Where they come from: MMLU's dev file, the training split of others."""
    limit: int | None = None
    """So many rows, of MMLU so many of each subject."""
    columns: Mapping[str, str] | None = None
    """Under which names columns stand in the file, {"question": "frage"}."""
    seed: int = 0
    shuffle: bool | None = None
    """Whether a chat sees options in a drawn order. Where the right one is always first: yes."""
    max_tokens: int | None = None
    """Of an answer."""
    mutual_info: bool = False
    """Whether to ask for each option after no context too, for acc_mutual_info."""
    echoing: Echoing = "echo"
    tokenizer: Tokenizer | None = None
    """The model's own, by which texts are cut to `max_length` and sent as tokens."""
    max_length: int | None = None
    bos: str = ""
    """What an option without a context begins with (`mutual_info`), say "<s>", for servers that put
    no such token there themselves."""
    self_check: bool = True
    """Whether to see first if log-probabilities of the server can be true."""
    cache: str | Path | Cache | None = None
    """A file in which answers are kept, by model, context and option."""
    max_concurrency: int = 10
    requests_per_min: float | None = None
    tokens_per_min: float | None = None
    retries: RetryPolicy | None = None
    prices: Prices | None = None
    """By which calls cost something, for a budget."""


def run_benchmark(task: str, model: ModelLike, data: Data, **options: Any) -> BenchmarkReport:
    """Runs a benchmark to its end and says what it found.

        report = run_benchmark(
            "hellaswag", "llama-3-8b", "hellaswag_val.jsonl", base_url="http://localhost:8000/v1"
        )
        report.metrics["acc_norm"].mean, report.metrics["acc_norm"].standard_error

    `model` is a name served at `base_url`, an address NAME@URL, or a ChatModel where it is asked by
    chat. Options are the fields of `Asked`, and those of `evaluate` for what is kept and compared:
    experiment, resume, overwrite, baseline, gates, budget, max_error_rate, progress …

    Raises ValueError for what means nothing and for a baseline by another mode, BadData with file
    and line for rows that do not fit, ModelError for a server that cannot be asked this way, and
    what `evaluate` raises.
    """
    asked, rest = _options(options)
    with _Prepared(task_named(task), model, data, asked, rest.get("baseline")) as prepared:
        if prepared.check is not None:
            run(prepared.check())
        found = evaluate(
            prepared.target, prepared.examples, prepared.scores, **prepared.options, **rest
        )
        return prepared.reported(report_of(found))


async def arun_benchmark(
    task: str, model: ModelLike, data: Data, **options: Any
) -> BenchmarkReport:
    """The same without blocking."""
    asked, rest = _options(options)
    with _Prepared(task_named(task), model, data, asked, rest.get("baseline")) as prepared:
        if prepared.check is not None:
            await prepared.check()
        found = await aevaluate(
            prepared.target, prepared.examples, prepared.scores, **prepared.options, **rest
        )
        return prepared.reported(report_of(found))


def _options(options: Mapping[str, Any]) -> tuple[Asked, dict[str, Any]]:
    own = {name: value for name, value in options.items() if name in Asked.__slots__}
    rest = {name: value for name, value in options.items() if name not in own}
    if isinstance(rest.get("baseline"), BenchmarkReport):
        rest["baseline"] = rest["baseline"].experiment
    return Asked(**own), rest


class _Prepared:
    """All that the runner is given. To be closed, since a cache may be open."""

    def __init__(
        self,
        task: Task,
        model: ModelLike,
        data: Data,
        asked: Asked,
        baseline: str | Path | Experiment | None,
    ) -> None:
        self.check: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._open = ExitStack()
        self._model = _given(model, asked)
        mode = asked.mode or task.modes[0]
        if mode not in task.modes:
            raise ValueError(f"{task.name} is asked by {' or '.join(task.modes)}, not {mode!r}")
        shots = asked.shots
        if shots is None:
            shots = task.shots if mode == "loglikelihood" or task.prompt else 0
        if shots < 0 or (asked.limit is not None and asked.limit < 1):
            raise ValueError("shots has to be at least 0, and limit at least 1")
        rows = load_rows(task, data, columns=asked.columns, limit=asked.limit)
        worked = Worked(task, asked.shots_data, shots, columns=asked.columns)
        shuffle = task.shuffled if asked.shuffle is None else asked.shuffle
        examples = [
            example_of(task, mode, row, worked, shuffle=shuffle, seed=asked.seed) for row in rows
        ]
        examples.sort(key=length_of, reverse=True)  # what a server cannot hold fails at once
        settings = self._settings(task, mode, asked, shots, data)
        settings |= {
            "rows": len(rows),
            "split": None if asked.limit else task.sizes.get(len(rows)),
            "shuffle": shuffle and mode in ("generate", "letter_logprob") and task.prompt is None,
            "example": examples[-1]["inputs"],
            "warnings": _warnings(task, mode, self._model.name, shots, len(rows), asked.limit),
        }
        if baseline is not None:
            settings["warnings"] += _against(load_experiment(baseline), settings)
        ask = self._ask(task, mode, asked, examples)
        name = f"{task.name} of {self._model.name} by {mode}"
        self.target, self.examples = Target(name, ask, True), examples
        self.scores = [scores_of(task, mode)]
        self.options: dict[str, Any] = {  # Any: they are those of `evaluate`
            "metadata": {"benchmark": settings},
            "max_concurrency": asked.max_concurrency,
            "seed": asked.seed,
        }

    def __enter__(self) -> _Prepared:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def reported(self, report: BenchmarkReport) -> BenchmarkReport:
        """With what the model turned out to reject."""
        left_out = sorted(getattr(self._model, "left_out", ()))
        if not left_out:
            return report
        said = f"the model rejects {', '.join(left_out)}: it was asked without"
        return replace(report, warnings=(*report.warnings, said))

    def _settings(
        self, task: Task, mode: Mode, asked: Asked, shots: int, data: Data
    ) -> dict[str, Any]:
        """With what the figures are measured, as the report names it."""
        free = mode in ("generate", "complete")
        return {
            "task": task.name,
            "model": self._model.name,
            "served": getattr(self._model, "identity", self._model.name),
            "mode": mode,
            "prompt": _prompt(task, mode),
            "shots": shots,
            "shots_data": _said(asked.shots_data),
            "data": _said(data),
            "limit": asked.limit,
            "seed": asked.seed,
            "max_tokens": asked.max_tokens or task.max_tokens if free else None,
            "max_length": asked.max_length,
        }

    def _ask(self, task: Task, mode: Mode, asked: Asked, examples: list[dict[str, Any]]) -> Any:
        cache = asked.cache
        if isinstance(cache, str | Path):
            cache = self._open.enter_context(closing(Cache(cache)))
        limiter = Limiter(
            requests_per_min=asked.requests_per_min,
            tokens_per_min=asked.tokens_per_min,
            max_concurrency=asked.max_concurrency,
        )

        def asked_well(model: ChatModel) -> ChatModel:
            decent = retried(Limited(model, limiter), asked.retries)
            return decent if asked.prices is None else Priced(decent, asked.prices)

        if mode == "loglikelihood":
            echoing = EchoModel(
                self._endpoint(mode),
                echoing=asked.echoing,
                tokenizer=asked.tokenizer,
                max_length=asked.max_length,
                bos=asked.bos,
            )
            model = asked_well(echoing)
            if asked.self_check:
                least = examples[-1]["inputs"]
                self.check = lambda: self_check(
                    Likelihoods(model), least["context"], least["continuations"][0]
                )
            return by_likelihood(Likelihoods(model, cache), mutual_info=asked.mutual_info)
        chat = asked_well(Continuing(self._endpoint(mode)) if mode == "complete" else self._model)
        if mode == "letter_logprob":
            chat = OneToken(chat)
        if cache is not None:
            chat = Cached(chat, cache)
        if mode == "letter_logprob":
            return by_letter(chat)
        return by_text(chat, task, asked.max_tokens or task.max_tokens)

    def _endpoint(self, mode: Mode) -> Endpoint:
        if not isinstance(self._model, Endpoint):
            raise TypeError(f"{mode} needs an endpoint: give the model's name and base_url")
        return self._model


def _given(model: ModelLike, asked: Asked) -> ChatModel:
    if isinstance(model, str) and asked.base_url is not None:
        model = f"{model}@{asked.base_url}"
    return as_model(model, api_key=asked.api_key)


def _against(baseline: Experiment, settings: Mapping[str, Any]) -> list[str]:
    """What to know of a comparison. Raises ValueError for one that would say nothing."""
    apart = differing(settings_of(baseline), settings)
    if "task" in apart or "mode" in apart:
        raise ValueError(f"the baseline does not compare: {', '.join(apart.values())}")
    if not apart:
        return []
    return [f"the baseline differs by more than its model: {', '.join(apart.values())}"]


def _said(data: Data | None) -> str | None:
    return str(data) if isinstance(data, str | Path) else None if data is None else "rows"


def _prompt(task: Task, mode: Mode) -> str:
    if task.prompt is not None:
        return f"{task.described}; {'one text' if mode == 'complete' else 'as turns of a chat'}"
    if mode == "loglikelihood":
        return task.described
    last = "'ANSWER: LETTER' as the last line" if mode == "generate" else "the letter alone"
    return f"a chat: instruction, question, lettered options; {last}; worked examples as turns"


def _warnings(
    task: Task, mode: Mode, model: str, shots: int, rows: int, limit: int | None
) -> list[str]:
    said = []
    if mode == "loglikelihood" and _ASSISTANT.search(model):
        said.append(
            f"{model!r} looks like a model trained to answer: under log-likelihood these score "
            "far below what they know; mode 'generate' asks them as they are used"
        )
    if task.prompt is None and mode != "loglikelihood":
        said.append(f"figures by {mode} are another metric than published ones by log-likelihood")
    if limit is not None:
        said.append(f"limited to {limit} rows{' a subject' if task.per_group else ''}")
    elif rows not in task.sizes:
        sizes = ", ".join(f"{split} {size:,}" for size, split in task.sizes.items())
        said.append(f"{rows:,} rows are no published split ({sizes})")
    if task.caution is not None and shots == 0:
        said.append(task.caution)
    return said
