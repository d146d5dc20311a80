"""An evaluator whose code somebody wrote elsewhere: it runs in a sandbox."""

from __future__ import annotations

import ast
import hashlib
import inspect
import threading
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.evaluation.functions import FunctionEvaluator
from pilothouse.evaluation.results import Direction
from pilothouse.evaluation.rows import Where
from pilothouse.evaluation.sandbox.errors import BadSource
from pilothouse.evaluation.sandbox.pool import Sandbox

FUNCTION: Final = "evaluate"

_shared: list[Sandbox] = []
_sharing: Final = threading.Lock()


class CodeEvaluator(FunctionEvaluator):
    """Asks the source's function `evaluate` for the verdict, within a sandbox.

        CodeEvaluator("def evaluate(outputs): return len(outputs) < 100")

    Its parameters name what it reads (`inputs`, `outputs`, `reference_outputs`, …), and it returns
    what a FunctionEvaluator may return. Whatever goes wrong is an error, never a score.
    """

    def __init__(
        self,
        source: str,
        *,
        sandbox: Sandbox | None = None,
        function: str = FUNCTION,
        name: str | None = None,
        direction: Direction = "maximize",
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`sandbox` is one that all evaluators without a choice share. Raises BadSource."""
        self.source = source
        super().__init__(
            _Remote(sandbox, source, function),
            name=name or function,
            direction=direction,
            threshold=threshold,
            mapping=mapping,
        )
        self.version = hashlib.sha256(f"{function}\0{source}".encode()).hexdigest()[:12]


class _Remote:
    """The source's function, as if it were here."""

    def __init__(self, sandbox: Sandbox | None, source: str, function: str) -> None:
        self._sandbox = sandbox
        self._source = source
        self._function = function
        self.__signature__ = signature_of(source, function)

    def __call__(self, **fields: Any) -> Any:
        sandbox = self._sandbox or default_sandbox()
        return sandbox.run(self._source, self._function, fields)


def signature_of(source: str, function: str) -> inspect.Signature:
    """How a function of the source is called, found without running it. Raises BadSource."""
    try:
        parsed = ast.parse(source)
        compile(
            parsed, "<source>", "exec"
        )  # finds what no tree shows: `return` outside, names twice
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        line = f" (line {e.lineno})" if isinstance(e, SyntaxError) and e.lineno else ""
        said = e.msg if isinstance(e, SyntaxError) else str(e)
        raise BadSource(f"the source cannot be read: {said}{line}") from None
    defined = [
        node for node in parsed.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for node in reversed(defined):
        if node.name == function:
            return _signature(node.args)
    known = ", ".join(node.name for node in defined) or "none"
    raise BadSource(f"the source must define a function {function!r}; it defines {known}")


def _signature(arguments: ast.arguments) -> inspect.Signature:
    """Each parameter by its name; those with a default may be left out."""
    if arguments.posonlyargs or arguments.vararg:
        raise BadSource("the function's parameters are given by name: leave out / and *args")
    least = len(arguments.args) - len(arguments.defaults)
    optional = [place >= least for place in range(len(arguments.args))]
    optional += [default is not None for default in arguments.kw_defaults]
    named = [
        inspect.Parameter(
            argument.arg,
            inspect.Parameter.KEYWORD_ONLY,
            default=None if has_default else inspect.Parameter.empty,
        )
        for argument, has_default in zip(
            [*arguments.args, *arguments.kwonlyargs], optional, strict=True
        )
    ]
    if arguments.kwarg:
        named.append(inspect.Parameter(arguments.kwarg.arg, inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(named)


def default_sandbox() -> Sandbox:
    """The sandbox of all evaluators that were given none."""
    with _sharing:
        if not _shared:
            _shared.append(Sandbox())
        return _shared[0]
