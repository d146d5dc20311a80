"""The process that runs somebody's code: a source once, then one call after the other.

It reads and writes frames: four bytes of length, then JSON. The first has the limits and the
source, each further one a call.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from types import CoroutineType
from typing import Any, BinaryIO, Final, NoReturn

from pilothouse.evaluation.confined.denials import denied, deny
from pilothouse.evaluation.confined.rights import KINDS, give_up

SOURCE: Final = "<source>"
_TOLD: Final = 4_000
"""Letters of an error's message that are told."""

Answer = dict[str, Any]


class _NoSource(Exception):
    """There is no such code."""


def main() -> NoReturn:
    """Until nobody asks any more."""
    asked, answers = _own_pipes()
    setup = _received(asked)
    if setup is None:
        os._exit(0)
    by = give_up(
        memory_bytes=setup["memory_bytes"],
        file_bytes=setup["file_bytes"],
        folder=setup["folder"],
    )
    deny()
    _send(answers, {"by": by}, setup["output_bytes"])
    if setup["strict"] and not by.keys() >= KINDS:
        os._exit(0)  # not even the source may run here
    namespace = vars(sys.modules["source"])

    def answer(do: Callable[[], Answer]) -> None:
        signal.setitimer(signal.ITIMER_REAL, setup["wall_s"] + 1)  # should nobody be left to kill
        _send(answers, do(), setup["output_bytes"])
        signal.setitimer(signal.ITIMER_REAL, 0)

    answer(partial(_guarded, partial(_load, setup["source"], namespace)))
    while (call := _received(asked)) is not None:
        answer(partial(_called, call))
    os._exit(0)


def _load(source: str, namespace: dict[str, Any]) -> None:
    try:
        code = compile(source, SOURCE, "exec")
    except (SyntaxError, ValueError, RecursionError) as e:
        raise _NoSource(f"the source cannot be read: {e}") from None
    exec(code, namespace)  # noqa: S102 # it is what this process is for


def _called(call: dict[str, Any]) -> Answer:
    def value() -> Any:  # Any: whatever the code makes
        function = vars(sys.modules["source"]).get(call["function"])
        if not callable(function):
            raise _NoSource(f"the source defines no function {call['function']!r}")
        returned = function(**call["kwargs"])
        return _awaited(returned) if isinstance(returned, CoroutineType) else returned

    return _guarded(value)


def _guarded(do: Callable[[], Any]) -> Answer:
    """What came of it: a value, or what went wrong."""
    try:
        value = do()
    except MemoryError:
        return {"failed": "memory"}
    except _NoSource as e:
        return {"failed": "source", "message": str(e)[:_TOLD]}
    except BaseException as e:  # noqa: BLE001 # SystemExit, too, is the code's and not ours
        return _raised(e)
    return {"value": value, "tuple": isinstance(value, tuple)}


def _raised(error: BaseException) -> Answer:
    refused = denied(error)
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 # an error that cannot even say what it is
        message = ""
    return {
        "failed": "raised" if refused is None else refused.__name__,
        "type": type(error).__name__,
        "message": message[:_TOLD],
        "line": _line(error),
    }


def _awaited(coroutine: CoroutineType[Any, Any, Any]) -> Any:
    import asyncio  # few need it, and it takes longer to load than all else here

    return asyncio.run(coroutine)


def _line(error: BaseException) -> int | None:
    """The innermost line of the source that an error came through."""
    line = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == SOURCE:
            line = step.tb_lineno
        step = step.tb_next
    return line


def _plain(value: Any) -> Any:
    """Numbers of NumPy's as Python's own, sets as lists."""
    if callable(item := getattr(value, "item", None)):
        return item()
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written")


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to whoever asks, where print and input do not reach them."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(nothing, place)
    os.close(nothing)
    return asked, answers


def _received(pipe: BinaryIO) -> dict[str, Any] | None:
    head = pipe.read(4)
    if len(head) < 4:
        return None
    body = pipe.read(int.from_bytes(head, "big"))
    frame: dict[str, Any] = json.loads(body)
    return frame


def _send(pipe: BinaryIO, answer: Answer, most: int) -> None:
    try:
        body = json.dumps(answer, default=_plain, allow_nan=False).encode()
        wrong = f"it takes {len(body):,} bytes; {most:,} are allowed" if len(body) > most else ""
    except MemoryError:
        body, wrong = b'{"failed": "memory"}', ""
    except Exception as e:  # noqa: BLE001 # objects of the code are asked for their contents here
        wrong = f"it is no JSON: {e}"[:_TOLD]
    if wrong:
        body = json.dumps({"failed": "result", "message": wrong}).encode()
    pipe.write(len(body).to_bytes(4, "big") + body)
    pipe.flush()


if __name__ == "__main__":
    sys.modules["source"] = type(sys)("source")  # what classes of the code say they come from
    main()
