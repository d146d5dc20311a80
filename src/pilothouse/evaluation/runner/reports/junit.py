"""An experiment as JUnit XML: a suite, and a case for each example and evaluator.

Below its threshold a case is a failure, without a verdict an error, and skipped where there was
nothing to judge. The gates are cases of a suite of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.runner.experiment import Experiment
from pilothouse.evaluation.runner.records import RowResult

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(experiment: Experiment) -> str:
    """The document; rows are read one at a time."""
    cases = [case for row in experiment.rows() for case in _cases(row)]
    suite = _suite(experiment.name, cases, list(_properties(experiment)))
    gates = [
        _case(
            "gates",
            outcome.gate,
            0.0,
            f"<failure message={_attribute(outcome.reason)}/>"
            if outcome.blocks
            else f"<system-out>{_escaped(f'{outcome.outcome}: {outcome.reason}')}</system-out>",
        )
        for outcome in experiment.gates
    ]
    more = _suite(f"{experiment.name}: gates", gates, []) if gates else ""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n{suite}{more}</testsuites>\n'


def _suite(name: str, cases: list[str], properties: list[str]) -> str:
    counts = {
        "tests": len(cases),
        "failures": sum("<failure" in case for case in cases),
        "errors": sum("<error" in case for case in cases),
        "skipped": sum("<skipped" in case for case in cases),
    }
    numbers = " ".join(f'{key}="{value}"' for key, value in counts.items())
    about = f"<properties>{''.join(properties)}</properties>\n" if properties else ""
    return f"<testsuite name={_attribute(name)} {numbers}>\n{about}{''.join(cases)}</testsuite>\n"


def _properties(experiment: Experiment) -> Iterator[str]:
    about: dict[str, object] = {"n": experiment.summary.rows, "cost": experiment.summary.cost}
    if experiment.comparison is not None:
        about["baseline"] = experiment.comparison.baseline
    for name, metric in experiment.summary.metrics.items():
        about[f"{name}.mean"] = metric.mean
        about[f"{name}.n_ok"] = metric.n_ok
        about[f"{name}.n_error"] = metric.n_error
        if metric.interval is not None:
            about[f"{name}.low"] = metric.interval.low
            about[f"{name}.high"] = metric.interval.high
    for name, value in about.items():
        if value is not None:
            yield f"<property name={_attribute(name)} value={_attribute(str(value))}/>"


def _cases(row: RowResult) -> Iterator[str]:
    example = row.row.example_id or ""
    if row.row.repetition:
        example += f" ({row.row.repetition + 1})"
    for result in row.results:
        yield _case(result.name, example, (result.latency_ms or 0.0) / 1000, _inner(result))


def _inner(result: EvaluationResult) -> str:
    if result.status == "error":
        error = result.error
        kind, said = (error.type, error.message) if error is not None else ("Error", "")
        return f"<error type={_attribute(kind)} message={_attribute(said)}/>"
    if result.status != "ok":
        return f"<skipped message={_attribute(result.explanation or result.status)}/>"
    passed = result.passed
    if passed is None and isinstance(result.score, bool) and result.direction == "maximize":
        passed = result.score
    if passed is not False:
        return ""
    said = f"score {result.score}"
    if result.threshold is not None:
        said += f", threshold {result.threshold:g}"
    return f"<failure message={_attribute(said)}>{_escaped(result.explanation or '')}</failure>"


def _case(kind: str, name: str, seconds: float, inner: str) -> str:
    return (
        f'<testcase classname={_attribute(kind)} name={_attribute(name)} time="{seconds:.6f}">'
        f"{inner}</testcase>\n"
    )


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))


def _escaped(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
