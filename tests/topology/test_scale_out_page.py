"""The walk-through of docs/how-to/scale-out.md, run as it stands there, on free ports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from command_line import environment
from servers import free_port

pytestmark = pytest.mark.slow

PAGES = Path(__file__).parents[2] / "docs/how-to"


def block(page: str, having: str) -> str:
    """The one block of a page that has these words."""
    text = (PAGES / page).read_text("utf-8")
    [found] = [
        b for b in re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if having in b
    ]
    return str(found)


def test_two_processes_behind_nginx_as_the_page_has_them(tmp_path: Path) -> None:
    (tmp_path / "my_app.py").write_text(block("serve-an-app.md", "async def answer"))
    script = block("scale-out.md", "--listen 8080").replace("curl ", "curl -s ")
    ports = {named: str(free_port()) for named in ("8001", "8002", "8080")}
    for named, port in ports.items():
        script = script.replace(named, port)
    script = script.replace("nginx -c", "nginx -g 'daemon off;' -c").replace(
        '/proxy"\n', '/proxy" &\n'
    )
    places = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin"
    environ = environment(PATH=places, PILOTHOUSE_SERVE_DRAIN_DELAY="0.2")
    log = (tmp_path / "log").open("wb")
    running = subprocess.Popen(
        ["bash", "-euc", script + "\nwait\n"],
        cwd=tmp_path,
        env=environ,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        said = answered(f"http://127.0.0.1:{ports['8080']}/invoke", tmp_path / "log")
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        log.close()

    assert said == "You asked: why? "


def answered(url: str, log: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            answer = httpx.post(url, json={"input": "why?"})
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        if answer.status_code == 200:
            return str(answer.json()["output"])
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])
