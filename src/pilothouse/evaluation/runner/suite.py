"""A suite file: an experiment written down in YAML, checked before anything runs.

name: support
target: app:answer
data: questions.jsonl
evaluators:
  - exact_match
  - use: checks:helpful
    threshold: 0.7
gates:
  - gate: no_regression
    metric: helpful
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.functions import FunctionEvaluator
from pilothouse.evaluation.runner.admitted import misfit, out_of_bounds
from pilothouse.evaluation.runner.errors import BadSuite
from pilothouse.evaluation.runner.examples import SERVED
from pilothouse.evaluation.runner.gates import Gate, gate_of, nearest

_OF_EVALUATOR = ("name", "threshold", "mapping")
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What the keys of a suite file are. Paths are relative to the file."""

    name: str
    data: str
    target: str | None = None
    """`module:name`; without one the data bring their outputs."""
    evaluators: list[Any] = field(default_factory=list)
    """Each `module:name`, or a name of load_evaluator, or a mapping with that as `use`."""
    summary_evaluators: list[Any] = field(default_factory=list)
    gates: list[Any] = field(default_factory=list)
    baseline: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    repetitions: int = 1
    seed: int = 0
    max_concurrency: int = 10
    judge_concurrency: int | None = None
    timeout_s: float | None = 300.0
    max_error_rate: float | None = 0.05
    budget: float | None = None
    upload: str | None = None
    """The dataset of the server that the experiment is sent to, where the data are none of it."""
    allow_unreviewed: bool = False
    """Takes generated examples that nobody has reviewed."""


class SuiteFile:
    """A suite with what its names stand for. Whatever is wrong is said with line and column."""

    def __init__(self, path: Path) -> None:
        """Raises BadSuite for a file that is missing, no YAML, or says what nobody knows."""
        self.path = path
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as e:
            raise BadSuite(f"{path}: {getattr(e, 'strerror', None) or e}") from None
        self._marks: dict[Place, tuple[int, int]] = {}
        given = self._read(text)
        self.suite = self._checked(given)
        self.modules = (str(path.resolve().parent), str(Path.cwd()))
        """The folders in which the modules it names are looked for."""

    def options(self) -> dict[str, Any]:
        """The arguments for `evaluate`."""
        suite = self.suite
        plain = ("metadata", "repetitions", "seed", "max_concurrency", "judge_concurrency",
                 "timeout_s", "max_error_rate", "budget", "baseline", "upload",
                 "allow_unreviewed")  # fmt: skip
        return {
            "target": None if suite.target is None else self._imported(suite.target, ("target",)),
            "data": self._data(),
            "evaluators": self._evaluators("evaluators", suite.evaluators),
            "summary_evaluators": self._evaluators("summary_evaluators", suite.summary_evaluators),
            "gates": [self._gate(i, gate) for i, gate in enumerate(suite.gates)],
            **{name: getattr(suite, name) for name in plain},
        }

    def _data(self) -> str:
        """A file beside the suite, or data of a server, which have a kind before a colon."""
        data = self.suite.data
        if SERVED.match(data):
            return data
        path = self.path.parent / data
        if not path.is_file():
            served = "" if path.suffix else f": a dataset of the server is dataset:{data}"
            self._wrong(("data",), f"there is no file {str(path)!r}{served}")
        return str(path)

    def _read(self, text: str) -> Any:
        yaml = required("yaml")
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self._mark(node, ())
            return yaml.safe_load(text)
        except yaml.MarkedYAMLError as e:
            mark = e.problem_mark or e.context_mark
            where = "" if mark is None else f":{mark.line + 1}:{mark.column + 1}"
            raise BadSuite(f"{self.path}{where}: {e.problem or e.context}") from None
        except yaml.YAMLError as e:
            raise BadSuite(f"{self.path}: {e}") from None

    def _mark(self, node: Any, place: Place) -> None:
        """Notes where each key and each entry begins."""
        if node is None:
            return
        self._marks.setdefault(place, (node.start_mark.line + 1, node.start_mark.column + 1))
        if node.id == "mapping":
            for key, value in node.value:
                inner = (*place, str(key.value))
                if inner in self._marks:
                    self._wrong_at(key.start_mark.line + 1, key.start_mark.column + 1,
                                   f"{key.value!r} stands here twice")  # fmt: skip
                self._marks[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
                self._mark(value, inner)
        elif node.id == "sequence":
            for index, entry in enumerate(node.value):
                self._mark(entry, (*place, index))

    def _checked(self, given: Any) -> Suite:
        if not isinstance(given, dict):
            self._wrong((), "a suite has to be a mapping with name, target, data and evaluators")
        known = {f.name: f for f in fields(Suite)}
        for key, value in given.items():
            if key not in known:
                self._wrong((str(key),), f"there is no key {key!r}{nearest(str(key), known)}")
            said = misfit(key, value, str(known[key].type)) or out_of_bounds(key, value)
            if said:
                self._wrong((key,), said)
        for key, about in known.items():
            needed = about.default is MISSING and about.default_factory is MISSING
            if needed and key not in given:
                self._wrong((), f"{key} is missing")
        return Suite(**given)

    def _evaluators(self, key: str, given: Iterable[Any]) -> list[Evaluator]:
        return [self._evaluator((key, index), one) for index, one in enumerate(given)]

    def _evaluator(self, place: Place, given: Any) -> Evaluator:
        options: Any = {"use": given} if isinstance(given, str) else given
        if not isinstance(options, dict) or not isinstance(options.get("use"), str):
            self._wrong(place, "an evaluator is a name, or a mapping that has one under 'use'")
        rest: dict[str, Any] = {key: value for key, value in options.items() if key != "use"}
        use = options["use"]
        if ":" not in use:
            return self._loaded(use, rest, place)
        made = self._imported(use, place)
        if isinstance(made, Evaluator):
            if rest:
                self._wrong(place, f"{use} is made already and takes no {', '.join(rest)}")
            return made
        kind = made if isinstance(made, type) else FunctionEvaluator
        known = [name for name in inspect.signature(kind).parameters if name != "function"]
        for key in rest:
            if key not in known:
                self._wrong((*place, key), f"{use} takes no {key!r}{nearest(key, known)}")
        try:
            evaluator = kind(**rest) if kind is made else FunctionEvaluator(made, **rest)
        except (TypeError, ValueError) as e:
            self._wrong(place, str(e))
        if not isinstance(evaluator, Evaluator):
            self._wrong(place, f"{use} is no evaluator")
        return evaluator

    def _loaded(self, name: str, options: dict[str, Any], place: Place) -> Evaluator:
        """An evaluator of LangChain's names, for rows."""
        from pilothouse.evaluation.langchain.loading import options_of
        from pilothouse.evaluation.langchain.native import named

        try:
            known = {*options_of(name), "llm", *_OF_EVALUATOR}
            for key in options:
                if key not in known:
                    self._wrong((*place, key), f"{name} takes no {key!r}{nearest(key, known)}")
            return named(name, called=options.pop("name", None), **options)
        except (ValueError, TypeError, ImportError) as e:
            self._wrong(place, str(e))

    def _gate(self, index: int, given: Any) -> Gate:
        if not isinstance(given, Mapping):
            self._wrong(("gates", index), "a gate is a mapping: {gate: mean, metric: …, value: …}")
        try:
            return gate_of(given)
        except ValueError as e:
            key = next((k for k in given if repr(str(k)) in str(e)), "gate")
            place: Place = ("gates", index, str(key))
            self._wrong(place if place in self._marks else ("gates", index), str(e))

    def _imported(self, name: str, place: Place) -> Any:
        module, colon, attribute = name.partition(":")
        if not colon:
            self._wrong(place, f"{name!r} is no module:name")
        before = list(sys.path)
        sys.path[:0] = [folder for folder in self.modules if folder not in before]
        try:
            value: Any = import_module(module)
        except Exception as e:  # noqa: BLE001 # a user's module raises what it likes
            self._wrong(place, f"{module} cannot be imported: {type(e).__name__}: {e}")
        finally:
            sys.path[:] = before
        for part in attribute.split("."):
            if not hasattr(value, part):
                self._wrong(place, f"{module} has no {attribute!r}{nearest(part, _public(value))}")
            value = getattr(value, part)
        return value

    def _wrong(self, place: Place, said: str) -> NoReturn:
        self._wrong_at(*self._marks.get(place, (1, 1)), said)

    def _wrong_at(self, line: int, column: int, said: str) -> NoReturn:
        raise BadSuite(f"{self.path}:{line}:{column}: {said}")


def _public(value: Any) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]
