"""Python that a model wrote: whether it parses, passes static checks, runs, and passes its tests.

The last two run it in the sandbox, each row in a process of its own: code of one row must not
change what the next one finds. That code and tests share that process, so that code written to
deceive its tests can: this measures models that try, not ones that cheat.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.metrics.sources import source_of
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where, text_of
from pilothouse.evaluation.sandbox import (
    BadSource,
    CodeRaised,
    OutOfMemory,
    Sandbox,
    SandboxError,
    TimedOut,
    Unconfined,
    default_sandbox,
)

_RUNNER: Final = '''
import asyncio, inspect

def run(code, tests=None, entry_point=None):
    """Runs code, then tests on it: functions test_*, check(candidate), or the text itself."""
    names = {"__name__": "__main__" if tests is None else "candidate"}
    try:
        exec(compile(code, "<candidate>", "exec"), names)
    except SystemExit as end:
        if tests is not None or end.code:
            raise
    if tests is None:
        return None
    before = dict(names)

    def is_of_tests(name):
        return callable(names.get(name)) and names[name] is not before.get(name)

    found, failures = {}, {}
    try:
        exec(compile(tests, "<tests>", "exec"), names)
        found = {
            name: value for name, value in names.items()
            if name.startswith("test") and is_of_tests(name)
        }
        if entry_point and is_of_tests("check"):
            found["check"] = lambda: names["check"](names[entry_point])
    except Exception as error:
        failures["tests"] = f"{type(error).__name__}: {error}"[:500]
    if not found and not failures:
        return {"passed": 1, "failures": {}}
    for name, test in found.items():
        try:
            returned = test()
            if inspect.iscoroutine(returned):
                asyncio.run(returned)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {error}"[:500]
    return {"passed": len(found) - len(failures.keys() & found.keys()), "failures": failures}
'''


class CodeParses(Evaluator):
    """Whether a text is Python, bare or within fences."""

    name = "code_parses"

    def judge(self, *, outputs: Any) -> EvaluationResult:
        """The explanation says what is wrong, and in which line."""
        wrong = syntax_error(python_of(outputs))
        return verdict(self.name, "parses", "unparsable", wrong)


class CodeChecks(Evaluator):
    """Whether Python passes a static check: names that nothing defines, formats that cannot be.

    By Pyflakes. What it holds for a warning only, as an import that nothing uses, counts if
    `warnings` does.
    """

    name = "code_checks"
    cheap = False

    _WARNINGS: ClassVar[frozenset[str]] = frozenset(
        {"UnusedImport", "UnusedVariable", "UnusedAnnotation", "ImportShadowedByLoopVar"}
        | {"RedefinedWhileUnused", "FStringMissingPlaceholders", "ImportStarUsed"}
        | {"ImportStarUsage", "UnusedIndirectAssignment"}
    )

    def __init__(
        self,
        *,
        warnings: bool = False,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        self.warnings = warnings
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any) -> EvaluationResult:
        """The findings stand in the metadata. Raises ImportError without Pyflakes."""
        code = python_of(outputs)
        wrong = syntax_error(code)
        if wrong is not None:
            return verdict(self.name, "clean", "unparsable", wrong)
        messages = required("pyflakes.checker").Checker(ast.parse(code)).messages
        found = [
            {
                "line": message.lineno,
                "rule": type(message).__name__,
                "message": message.message % message.message_args,
            }
            for message in sorted(messages, key=lambda message: message.lineno)
            if self.warnings or type(message).__name__ not in self._WARNINGS
        ]
        said = "\n".join(f"line {one['line']}: {one['message']}" for one in found)
        return verdict(self.name, "clean", "faulty", said or None, findings=found)


class _InSandbox(Evaluator):
    """Runs what a model wrote."""

    cheap = False

    def __init__(
        self,
        *,
        sandbox: Sandbox | None = None,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`sandbox` is the one that all evaluators share, if no other."""
        self._sandbox = sandbox
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def _run(self, code: str, **more: Any) -> Any:
        sandbox = self._sandbox or default_sandbox()
        return sandbox.run(_RUNNER, "run", {"code": code, **more}, fresh=True)


class CodeRuns(_InSandbox):
    """Whether Python runs to its end without an error."""

    name = "code_runs"

    def judge(self, *, outputs: Any) -> EvaluationResult:
        """A limit of the sandbox is an error: nobody knows whether the task needs more."""
        try:
            self._run(python_of(outputs))
        except (TimedOut, OutOfMemory, Unconfined):
            raise
        except SandboxError as e:
            return verdict(self.name, "runs", type(e).__name__, str(e))
        return verdict(self.name, "runs", "", None)


class TestsPass(_InSandbox):
    """Whether Python passes its tests, in the sandbox; `pass_at_k` counts over repetitions.

    Tests are Python: functions named `test…`, a function `check(candidate)` with the name of the
    candidate as `entry_point` (as HumanEval has), or statements that assert. Where the code hits a
    limit, it failed only if the solution in `reference_outputs` passes under the same limits.
    """

    __test__ = False  # pytest takes the name for one of its own
    name = "tests_pass"

    def judge(
        self,
        *,
        outputs: Any,
        tests: str,
        entry_point: str | None = None,
        reference_outputs: Any = None,
    ) -> EvaluationResult:
        """Raises BadSource for tests that cannot be read or test nothing, and SandboxError for
        limits as above and where nothing can be confined.
        """
        wrong = syntax_error(tests)
        if wrong is not None:
            raise BadSource(f"the tests cannot be read: {wrong}")
        _check_tests(ast.parse(tests).body, entry_point)
        run = partial(self._run, tests=tests, entry_point=entry_point)
        try:
            found = run(python_of(outputs))
        except (TimedOut, OutOfMemory) as e:
            if not self._reference_passes(run, reference_outputs):
                raise
            return verdict(self.name, "passed", type(e).__name__, str(e))
        except Unconfined:
            raise
        except SandboxError as e:
            label = "raised" if isinstance(e, CodeRaised) else type(e).__name__
            return verdict(self.name, "passed", label, str(e))
        failures, passed = found["failures"], found["passed"]
        said = "\n".join(f"{test}: {error}" for test, error in failures.items())
        share = passed / (passed + len(failures))
        return verdict(
            self.name, "passed", "failed", said or None, passed_share=share, failures=failures
        )

    def _reference_passes(self, run: Any, reference: Any) -> bool:
        if reference is None:
            return False
        try:
            return not run(python_of(reference))["failures"]
        except SandboxError:
            return False


def _check_tests(body: Sequence[ast.stmt], entry_point: str | None) -> None:
    """Raises BadSource for tests that nothing would run: code must not pass by them."""
    runs = False
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                given = node.args
                needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
                if name.startswith("test") and needed + given.kw_defaults.count(None):
                    raise BadSource(f"nobody gives {name!r} of the tests its parameters")
                runs |= name.startswith("test") or (name == "check" and bool(entry_point))
            case ast.ClassDef(name=name):
                methods = (getattr(each, "name", "") for each in node.body)
                if any(method.startswith("test") for method in methods):
                    raise BadSource(f"tests of class {name!r} would not run: give functions")
            case ast.Assign(targets=targets):
                names = (getattr(target, "id", "") for target in targets)
                runs |= any(name.startswith("test") for name in names)
            case ast.Import() | ast.ImportFrom() | ast.AnnAssign() | ast.Expr(value=ast.Constant()):
                pass
            case _:  # a statement; what stands under "__main__" does not run
                runs |= not (isinstance(node, ast.If) and "__name__" in ast.dump(node.test))
    if not runs:
        raise BadSource(
            "the tests run nothing: give functions test_…, a function check(candidate) and its "
            "entry_point, or statements that assert"
        )


def python_of(given: Any) -> str:
    """The Python in a text, bare or within fences."""
    return source_of(text_of(given, field="outputs"), "python", "py", "python3")


def syntax_error(code: str) -> str | None:
    """Why a text is no Python; None where it is."""
    try:
        ast.parse(code)
    except SyntaxError as e:
        return f"line {e.lineno}: {e.msg}"
    except (ValueError, RecursionError, MemoryError) as e:
        return str(e) or type(e).__name__
    return None


def verdict(name: str, good: str, bad: str, wrong: str | None, **metadata: Any) -> EvaluationResult:
    """1 with the good label where nothing is wrong, else 0 with the bad one and the reason."""
    return EvaluationResult(
        name=name,
        score=wrong is None,
        label=good if wrong is None else bad,
        explanation=wrong,
        metadata=metadata,
    )
