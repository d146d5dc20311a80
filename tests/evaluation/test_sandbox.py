"""Code in the sandbox tries what it must not, and what it may works."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.sandbox import (
    BadResult,
    BadSource,
    CodeEvaluator,
    CodeRaised,
    Crashed,
    Limits,
    NetworkDenied,
    OutOfMemory,
    ProcessDenied,
    Sandbox,
    SandboxError,
    TimedOut,
    Unconfined,
    limits,
    process,
)

pytestmark = pytest.mark.slow

BREAKOUTS = """
import ctypes, os, signal, socket, subprocess, threading, urllib.request

libc = ctypes.CDLL(None, use_errno=True)

def connects(port): return socket.create_connection(("127.0.0.1", port)).recv(1)
def asks_names(): return socket.getaddrinfo("example.com", 80)
def fetches(): return urllib.request.urlopen("http://example.com").read()
def makes_a_socket_in_c(): return libc.socket(2, 1, 0), ctypes.get_errno()
def sends_datagrams(): return libc.socketpair(1, 2, 0, (ctypes.c_int * 2)()), ctypes.get_errno()
def sends_signals(pid): return libc.fcntl(0, 8, pid), ctypes.get_errno()  # F_SETOWN
def forks(): return os.fork()
def forks_in_c(): return libc.fork(), ctypes.get_errno()
def forks_by_number(): return libc.syscall(57 if os.uname().machine == "x86_64" else 220, 17)
def shells(): return subprocess.check_output(["id"])
def kills(pid): os.kill(pid, signal.SIGKILL)
def kills_in_c(pid): return libc.kill(pid, 9), ctypes.get_errno()
def traces(pid): return libc.ptrace(16, pid, 0, 0), ctypes.get_errno()
def empties(access): return libc.open(b"/nowhere", access | os.O_TRUNC), ctypes.get_errno()
def raises_its_limit(): return libc.setrlimit(9, (ctypes.c_long * 2)(-1, -1)), ctypes.get_errno()
def reads(path): return open(path).read()
def writes(path): open(path, "w").write("x")
def lists(path): return os.listdir(path)
def chmods(path): os.chmod(path, 0o777)
def environment(): return dict(os.environ)
def parent(): return os.getppid()
def threads():
    found = []
    one = threading.Thread(target=lambda: found.append(1))
    one.start()
    one.join()
    return found
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Limits(wall_s=30, memory_mb=256)) as made:
        yield made


def test_nothing_is_left_unconfined_on_linux(sandbox: Sandbox) -> None:
    confinement = sandbox.confinement()

    assert confinement.missing == ()


def test_a_platform_that_cannot_confine_is_refused_unless_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "KINDS", limits.KINDS | {"telepathy"})
    source = "def f(): return 1"

    with Sandbox() as strict, pytest.raises(Unconfined, match="cannot keep telepathy"):
        strict.run(source, "f")
    with Sandbox(allow_weaker=True) as weaker:
        assert weaker.run(source, "f") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines code")
def test_it_confines_without_privileges_where_nobody_may_make_namespaces() -> None:
    """As in a container that runs as its own user."""
    gives_up = (
        "from pilothouse.evaluation.confined import rights\n"
        "rights._drop_capabilities()\n"
        "rights._own_namespaces = bool\n"
        "by = rights.give_up(memory_bytes=1 << 29, file_bytes=0, folder=None)\n"
        "print(by.keys() == rights.KINDS)"
    )

    said = subprocess.check_output([sys.executable, "-c", gives_up], text=True)

    assert said == "True\n"


@pytest.mark.parametrize(
    ("function", "arguments"), [("connects", {"port": 9}), ("asks_names", {}), ("fetches", {})]
)
def test_the_network_is_denied(sandbox: Sandbox, function: str, arguments: dict[str, int]) -> None:
    with pytest.raises(NetworkDenied, match="no network"):
        sandbox.run(BREAKOUTS, function, arguments)


@pytest.mark.parametrize("function", ["forks", "shells"])
def test_other_processes_are_denied(sandbox: Sandbox, function: str) -> None:
    with pytest.raises(ProcessDenied, match="no other process"):
        sandbox.run(BREAKOUTS, function)


def test_the_parent_cannot_be_killed(sandbox: Sandbox) -> None:
    with pytest.raises(ProcessDenied):
        sandbox.run(BREAKOUTS, "kills", {"pid": os.getpid()})


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("makes_a_socket_in_c", {}),
        ("sends_datagrams", {}),
        ("sends_signals", {"pid": os.getpid()}),
        ("forks_in_c", {}),
        ("kills_in_c", {"pid": os.getpid()}),
        ("traces", {"pid": os.getpid()}),
        ("raises_its_limit", {}),
        ("empties", {"access": 0}),
        ("empties", {"access": 3}),
    ],
)
def test_the_kernel_says_no_where_python_is_not_asked(
    sandbox: Sandbox, function: str, arguments: dict[str, int]
) -> None:
    assert sandbox.run(BREAKOUTS, function, arguments) == (-1, 1)  # EPERM


def test_a_fork_by_its_number_is_refused_too(sandbox: Sandbox) -> None:
    assert sandbox.run(BREAKOUTS, "forks_by_number") == -1


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/self/environ", __file__],
    ids=["of the system", "of the parent", "of its own process", "of this folder"],
)
def test_files_cannot_be_read(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(CodeRaised, match="PermissionError") as raised:
        sandbox.run(BREAKOUTS, "reads", {"path": path})

    assert raised.value.type == "PermissionError"


def test_a_home_is_neither_read_nor_written_nor_changed(sandbox: Sandbox, tmp_path: Path) -> None:
    key = tmp_path / ".ssh" / "id_ed25519"
    key.parent.mkdir()
    key.write_text("secret")
    key.chmod(0o600)

    for function, path in (
        ("reads", key),
        ("writes", key),
        ("chmods", key),
        ("writes", tmp_path / "new"),
        ("lists", tmp_path),
    ):
        with pytest.raises(CodeRaised, match="PermissionError"):
            sandbox.run(BREAKOUTS, function, {"path": str(path)})

    assert key.read_text() == "secret"
    assert key.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "new").exists()


def test_the_environment_has_none_of_our_keys(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    seen = sandbox.run(BREAKOUTS, "environment")

    assert not any("KEY" in name or "secret" in value for name, value in seen.items())


def test_threads_and_an_event_loop_are_allowed(sandbox: Sandbox) -> None:
    source = "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x + 1"

    assert sandbox.run(BREAKOUTS, "threads") == [1]
    assert sandbox.run(source, "f", {"x": 1}) == 2


def test_numbers_of_numpy_come_back_as_numbers(sandbox: Sandbox) -> None:
    source = "import numpy\ndef f(xs):\n    return {'mean': numpy.mean(xs), 'pair': (1, 2)}"

    assert sandbox.run(source, "f", {"xs": [1, 2, 6]}) == {"mean": 3.0, "pair": [1, 2]}


LIMITS = """
import threading, time

def loops():
    while True: pass
def ignores_the_signal():
    import signal
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    loops()
def sleeps(): time.sleep(3600)
def allocates(): return len(bytearray(10_000_000_000))
def grows():
    everything = []
    while True: everything.append(bytearray(1_000_000))
def starts_threads():
    while True: threading.Thread(target=time.sleep, args=(3600,)).start()
def says_much(): return "x" * 3_000_000
def prints_much():
    for _ in range(50): print("x" * 1_000_000)
    return "done"
def forges():
    import os
    for fd in range(3, 10):
        try: os.write(fd, b"\\xff" * 100)
        except OSError: pass
    time.sleep(3600)
def overflows():
    import ctypes
    ctypes.string_at(0)
def leaves():
    import os
    os._exit(7)
def recurses(): return recurses()
def makes_an_object(): return object()
def makes_nan(): return float("nan")
def works(): return "fine"
"""


@pytest.mark.parametrize(
    ("function", "given", "error", "said"),
    [
        ("loops", Limits(cpu_s=1, wall_s=60), TimedOut, "1 s of the processor"),
        ("ignores_the_signal", Limits(cpu_s=1, wall_s=60), TimedOut, "1 s of the processor"),
        ("sleeps", Limits(wall_s=4), TimedOut, "longer than 4 s"),
        ("allocates", Limits(), OutOfMemory, "512 MB"),
        ("grows", Limits(memory_mb=200), OutOfMemory, "200 MB"),
        ("says_much", Limits(), BadResult, "are allowed"),
        ("forges", Limits(), BadResult, "are allowed"),
        ("overflows", Limits(), Crashed, "SIGSEGV"),
        ("leaves", Limits(), Crashed, "with 7"),
        ("recurses", Limits(), CodeRaised, "RecursionError"),
        ("makes_an_object", Limits(), BadResult, "object cannot be written"),
        ("makes_nan", Limits(), BadResult, "no JSON"),
        ("starts_threads", Limits(memory_mb=200), CodeRaised, "can't start new thread"),
    ],
)
def test_a_limit_is_an_error_that_says_which_and_the_next_call_works(
    function: str, given: Limits, error: type[SandboxError], said: str
) -> None:
    with Sandbox(given, workers=1) as sandbox:
        with pytest.raises(error, match=said):
            sandbox.run(LIMITS, function)

        assert sandbox.run("def works(): return 'fine'", "works") == "fine"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts for others")
def test_code_that_goes_on_after_its_call_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = (
        LIMITS
        + """
def goes_on():
    import signal
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    threading.Thread(target=loops, daemon=True).start()
"""
    )
    monkeypatch.setattr(process, "_LIVES", 2)

    with Sandbox(Limits(cpu_s=1), workers=1) as sandbox:
        sandbox.run(source, "goes_on")
        while runs(sandbox._idle[0]._child.pid):
            time.sleep(0.05)


def test_what_is_printed_goes_nowhere(sandbox: Sandbox) -> None:
    assert sandbox.run(LIMITS, "prints_much") == "done"


def test_a_folder_of_its_own_holds_files_up_to_a_size_and_is_removed() -> None:
    source = """
import os
def here(): return os.getcwd()
def keeps(size):
    with open("file", "wb") as file: file.write(bytes(size))
    return os.path.getsize("file")
"""
    with Sandbox(Limits(file_mb=1), workers=1) as sandbox:
        folder = Path(sandbox.run(source, "here"))

        assert folder.is_dir()
        assert sandbox.run(source, "keeps", {"size": 1000}) == 1000
        with pytest.raises(SandboxError):
            sandbox.run(source, "keeps", {"size": 10_000_000})

    assert not folder.exists()


def test_code_ends_when_whoever_asked_was_killed() -> None:
    source = "import time, os\ndef f(): time.sleep(3600)"
    asks = (
        "import os, signal, threading\n"
        "from pilothouse.evaluation.sandbox import Limits, Sandbox\n"
        "sandbox = Sandbox(Limits(wall_s=1))\n"
        f"sandbox.run({source!r} + '\\ndef pid(): return 1', 'pid')\n"
        "print(sandbox._idle[0]._child.pid, flush=True)\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
        f"sandbox.run({source!r} + '\\ndef pid(): return 1', 'f')\n"
    )

    asked = subprocess.run(
        [sys.executable, "-c", asks], capture_output=True, text=True, check=False
    )

    assert asked.returncode == -signal.SIGKILL
    worker = int(asked.stdout)
    while runs(worker):
        time.sleep(0.05)


def runs(process: int) -> bool:
    try:
        about = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return about.rpartition(")")[2].split()[0] != "Z"  # ended, though nobody asked how


def test_a_process_serves_its_source_again_and_no_other(sandbox: Sandbox) -> None:
    counts = "n = 0\ndef f():\n    global n\n    n += 1\n    return n"

    assert [sandbox.run(counts, "f") for _ in range(3)] == [1, 2, 3]
    with pytest.raises(CodeRaised, match="NameError"):
        sandbox.run("def f(): return n", "f")


def test_more_callers_than_processes_wait_for_their_turn() -> None:
    async def many(sandbox: Sandbox) -> list[int]:
        sources = [f"def f(x): return x + {k}" for k in (0, 100, 200)]
        return await asyncio.gather(
            *(sandbox.arun(sources[x % 3], "f", {"x": x}) for x in range(9))
        )

    with Sandbox(workers=2) as sandbox:
        found = asyncio.run(many(sandbox))

    assert found == [x + 100 * (x % 3) for x in range(9)]


@pytest.mark.parametrize(
    ("returned", "score", "label", "explanation"),
    [
        ("len(outputs) < 5", True, None, None),
        ("'short'", None, "short", None),
        ("(0.5, 'half')", 0.5, None, "half"),
        ("{'score': 1, 'comment': inputs['q']}", 1, None, "why"),
    ],
)
def test_code_says_its_verdict_as_a_function_would(
    sandbox: Sandbox,
    returned: str,
    score: float | None,
    label: str | None,
    explanation: str | None,
) -> None:
    source = f"def evaluate(inputs, outputs, reference_outputs=None): return {returned}"
    evaluator = CodeEvaluator(source, sandbox=sandbox, name="short")

    result = evaluator.evaluate(Row(inputs={"q": "why"}, outputs="yes"))

    assert (result.name, result.status, result.error) == ("short", "ok", None)
    assert (result.score, result.label, result.explanation) == (score, label, explanation)


def test_what_fails_in_the_sandbox_is_an_error_with_its_line_and_never_a_score(
    sandbox: Sandbox,
) -> None:
    source = "def evaluate(*, outputs):\n    return 1 / 0"
    evaluator = CodeEvaluator(source, sandbox=sandbox)

    result = asyncio.run(evaluator.aevaluate(Row(outputs="yes")))

    assert (result.status, result.score) == ("error", None)
    assert result.error is not None
    assert result.error.type == "CodeRaised"
    assert result.error.message == "ZeroDivisionError: division by zero (line 2)"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def evaluate(:", "line 1"),
        ("def judge(outputs): return 1", "it defines judge"),
        ("def evaluate(outputs, /): return 1", "given by name"),
        ("def evaluate(outputs, outputs): return 1", "duplicate argument .*line 1"),
        ("return 1\ndef evaluate(outputs): return 1", "'return' outside function .line 1"),
    ],
)
def test_a_source_that_cannot_be_asked_is_refused_before_any_row(source: str, said: str) -> None:
    with pytest.raises(BadSource, match=said):
        CodeEvaluator(source)


def test_another_source_is_another_version() -> None:
    first, second = (CodeEvaluator(f"def evaluate(outputs): return {n}") for n in (0, 1))

    assert first.version != second.version
    assert first.parameters.keys() == {"outputs"}
