"""Evaluations as tests of pytest: a test an example, and gates over all of them at the end.

    @pytest.mark.eval(data="questions.jsonl", gates=[{"gate": "error_rate", "value": 0.01}])
    def test_answers(eval_case):
        assert_eval(eval_case.judge(answer(eval_case.inputs), SquadF1()), at_least=0.5)

With `repetitions=k, min_pass=m` a test is called k times and passes where m calls do. Works with
xdist: verdicts travel with the reports of the tests, and the gates are asked once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator
    from pilothouse.evaluation.results import EvaluationResult
    from pilothouse.evaluation.runner.examples import Example
    from pilothouse.evaluation.runner.gates import GateOutcome

_PROPERTY = "pilothouse.eval"
_OUTCOMES = pytest.StashKey[list[tuple[str, "GateOutcome"]]]()


@dataclass(slots=True)
class EvalCase:
    """An example on its way through a test."""

    example: Example
    repetition: int = 0
    results: list[tuple[int, EvaluationResult]] = field(default_factory=list)
    """All verdicts, each with the repetition that it is of."""

    @property
    def inputs(self) -> Any:
        """What the application is asked."""
        return self.example.row.inputs

    @property
    def reference_outputs(self) -> Any:
        """What it should answer."""
        return self.example.row.reference_outputs

    def judge(
        self, outputs: Any, evaluator: Evaluator | Callable[..., Any], **fields: Any
    ) -> EvaluationResult:
        """An evaluator's verdict on an answer; it counts for the gates."""
        from pilothouse.evaluation.functions import as_evaluator
        from pilothouse.evaluation.rows import Row

        row = self.example.row
        result = as_evaluator(evaluator).evaluate(
            Row(
                inputs=row.inputs,
                outputs=outputs,
                reference_outputs=row.reference_outputs,
                metadata=row.metadata,
                example_id=self.example.id,
                repetition=self.repetition,
                fields={**row.fields, **fields},
            )
        )
        self.results.append((self.repetition, result))
        return result


def assert_eval(
    result: EvaluationResult, *, at_least: float | None = None, at_most: float | None = None
) -> None:
    """Fails the test for a score out of these bounds, below its threshold, or without a verdict."""
    said = f" ({result.explanation})" if result.explanation else ""
    if result.status == "error":
        why = "" if result.error is None else f"{result.error.type}: {result.error.message}"
        raise AssertionError(f"{result.name} came to no verdict: {why}")
    if result.status != "ok":
        pytest.skip(f"{result.name}: {result.explanation or result.status}")
    score = result.score
    if score is None:
        raise AssertionError(f"{result.name} gave the label {result.label!r} and no score{said}")
    if at_least is not None and score < at_least:
        raise AssertionError(f"{result.name} is {score:g}, less than {at_least:g}{said}")
    if at_most is not None and score > at_most:
        raise AssertionError(f"{result.name} is {score:g}, more than {at_most:g}{said}")
    bounded = at_least is not None or at_most is not None
    if result.passed is False or (score is False and not bounded):
        limit = "" if result.threshold is None else f", threshold {result.threshold:g}"
        raise AssertionError(f"{result.name} is {score}{limit}{said}")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line(
        "markers",
        "eval(data, repetitions=1, min_pass=None, gates=()): an evaluation, a test an example",
    )
    config.stash[_OUTCOMES] = []
    config.pluginmanager.register(_Verdicts(config), "pilothouse-verdicts")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each example of the data. Raises UsageError before any of them has run."""
    if "eval_case" not in metafunc.fixturenames:
        return
    from pilothouse.evaluation.runner.errors import BadData

    test = metafunc.definition
    marker = test.get_closest_marker("eval")
    if marker is None or "data" not in marker.kwargs:
        raise pytest.UsageError(f"{test.nodeid}: eval_case needs mark.eval(data=…)")
    try:
        _check_gates(marker.kwargs.get("gates", ()))
        found = list(_examples(marker.kwargs["data"], test.path.parent))
    except (BadData, ValueError) as e:
        raise pytest.UsageError(f"{test.nodeid}: {e}") from None
    metafunc.parametrize("eval_case", found, indirect=True, ids=[example.id for example in found])


def _check_gates(gates: Iterable[Mapping[str, Any]]) -> None:
    """Raises ValueError for gates that are none, or that nothing could be held against."""
    from pilothouse.evaluation.runner.gates import gate_of

    for given in gates:
        gate_of(given)
        if given["gate"] in ("no_regression", "non_inferior"):
            raise ValueError(f"gate {given['gate']!r} needs a baseline, which tests do not have")


def _examples(data: Any, folder: Path) -> Iterable[Example]:
    from pilothouse.evaluation.loops import run
    from pilothouse.evaluation.runner.examples import SERVED, examples

    if isinstance(data, Path) or (isinstance(data, str) and not SERVED.match(data)):
        data = folder / data

    async def every() -> list[Example]:
        return [example async for example in examples(data, answered=False)]

    return run(every())


@pytest.fixture
def eval_case(request: pytest.FixtureRequest) -> EvalCase:
    """The example of this test."""
    return EvalCase(request.param)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """Calls an evaluation as often as its mark says."""
    marker = pyfuncitem.get_closest_marker("eval")
    case = pyfuncitem.funcargs.get("eval_case")
    if marker is None or not isinstance(case, EvalCase):
        return (yield)
    repetitions = int(marker.kwargs.get("repetitions", 1))
    needed = int(marker.kwargs.get("min_pass") or repetitions)
    failures: list[AssertionError] = []
    first: Any = None
    try:
        try:
            first = yield
        except AssertionError as e:
            failures.append(e)
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        for case.repetition in range(1, repetitions):
            try:
                pyfuncitem.obj(**arguments)
            except AssertionError as e:
                failures.append(e)
    finally:
        pyfuncitem.user_properties.append((_PROPERTY, _document(pyfuncitem, marker, case)))
    if repetitions - len(failures) < needed:
        failures[-1].add_note(f"{repetitions - len(failures)} of {repetitions} calls passed")
        raise failures[-1]
    return first


def _document(item: pytest.Function, marker: pytest.Mark, case: EvalCase) -> dict[str, Any]:
    """What the process that asks the gates has to know; it may be another one."""
    from pilothouse.evaluation.runner.records import result_document

    test = item.nodeid.partition("[")[0]
    return {
        "test": test,
        "gates": [dict(gate) for gate in marker.kwargs.get("gates", ())],
        "repetitions": int(marker.kwargs.get("repetitions", 1)),
        "index": case.example.index,
        "example": case.example.id,
        "results": [[repetition, result_document(r)] for repetition, r in case.results],
    }


class _Verdicts:
    """Collects the verdicts of a run, from whichever process they come, and asks the gates."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._by_test: dict[str, list[dict[str, Any]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, document in report.user_properties:
            if name == _PROPERTY and isinstance(document, dict):
                self._by_test.setdefault(document["test"], []).append(document)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self._config, "workerinput"):
            return  # a process of xdist: the one that started it asks
        outcomes = self._config.stash[_OUTCOMES]
        for test, documents in self._by_test.items():
            outcomes += [(test, outcome) for outcome in _asked(documents)]
        if any(outcome.blocks for _, outcome in outcomes) and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _asked(documents: list[dict[str, Any]]) -> Iterable[GateOutcome]:
    gates = documents[0]["gates"]
    if not gates:
        return ()
    from pilothouse.evaluation.runner.gates import Evidence, checked, gate_of
    from pilothouse.evaluation.runner.records import result_of
    from pilothouse.evaluation.runner.summary import summarized
    from pilothouse.evaluation.runner.tallies import Tallies

    tallies = Tallies(documents[0]["repetitions"])
    for document in sorted(documents, key=lambda d: int(d["index"])):
        tallies.examples[document["index"]] = document["example"]
        results = [(repetition, result_of(r)) for repetition, r in document["results"]]
        for repetition, result in results:
            tallies.verdicts(document["index"], repetition, result.name, [result])
        tallies.row(failed=any(result.status == "error" for _, result in results))
    return checked(map(gate_of, gates), Evidence(summary=summarized(tallies)))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says how the gates came out."""
    outcomes = config.stash[_OUTCOMES]
    if not outcomes:
        return
    terminalreporter.section("evaluations")
    for test, outcome in outcomes:
        terminalreporter.line(f"{outcome.outcome}: {test}: {outcome.gate}: {outcome.reason}")
