"""Ctrl-C stops an experiment, keeps what was done, and says how to go on."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import command

SUITE = "name: demo\ntarget: waiting_app:answer\ndata: data.jsonl\n"
APP = "import time\n\ndef answer(inputs):\n    time.sleep(0.05)\n    return inputs\n"


@pytest.fixture
def _heeds_ctrl_c() -> Iterator[None]:
    """What a shell starts in the background ignores Ctrl-C, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(
    tmp_path: Path, experiments: Path
) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "waiting_app.py").write_text(APP)
    (tmp_path / "data.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(5000)))
    journal = experiments / "x.jsonl"

    with subprocess.Popen(
        command("eval", "run", "suite.yaml", "-e", "x"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None and not (journal.exists() and journal.stat().st_size > 3000):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]

    assert process.returncode == 130
    assert "resume=True (on the command line --experiment x --resume)" in said
    assert "Traceback" not in said
    assert journal.read_bytes().count(b'"stage":"target"') > 5
