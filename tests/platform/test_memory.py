"""What a server that nobody asks anything keeps in memory."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from servers import ServerProcess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

_MAPPING = re.compile(
    r"^[0-9a-f]+-[0-9a-f]+ r-xp .*/_chdb\..*\n(?:[A-Z].*\n)*?Rss:\s+(\d+) kB", re.MULTILINE
)


def test_the_code_that_only_a_start_runs_is_let_go(server: ServerProcess) -> None:
    assert server.process is not None
    mapped = Path(f"/proc/{server.process.pid}/smaps").read_text()

    [code_kb] = map(int, _MAPPING.findall(mapped))

    assert code_kb < 100_000, "a start touches 150 to 210 MB of the engine's code"
