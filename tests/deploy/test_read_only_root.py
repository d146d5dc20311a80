"""What runs in an image runs as nobody, on a root that cannot be written to."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from command_line import command, environment
from deploy.renderings import ROOT
from pilothouse.deploy import Service, values_of
from servers import free_port

pytestmark = pytest.mark.slow

UID: Final = values_of().uid
WRITABLE: Final = Path("/mnt")
"""Has what stands for the image's /data, /tmp and /run/secrets."""
IN_A_NAMESPACE: Final = """
home=$(dirname "$(dirname "$(dirname "$(dirname "$PYTHON")")")")
mount -t tmpfs -o mode=777 tmpfs /mnt
case "$PYTHON" in /root/*)  # where only root may look
  mkdir /mnt/python && mount --bind "$home" /mnt/python
  mount -t tmpfs -o mode=755 tmpfs /root
  mkdir -p "$home" && mount --bind /mnt/python "$home" ;;
esac
mkdir /mnt/data /mnt/tmp /mnt/secrets && printf '%s' "$SECRET" > "/mnt/secrets/$SECRET_FILE"
printf '%s' "$APP" > /mnt/my_app.py
chown -R "$NOBODY:$NOBODY" /mnt/data /mnt/tmp /mnt/secrets
mount -o remount,bind,ro /
cd /
exec setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --no-new-privs "$@"
"""
APP: Final = "async def answer(text: str) -> str:\n    return text.upper()\n"
SECRET: Final = "a-long-word-for-tests-0042"


def able() -> str:
    """Why this machine cannot show it; empty where it can."""
    if os.getuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return "it takes root, unshare and setpriv to take them away"
    if any(not parent.stat().st_mode & 1 for parent in (ROOT, *ROOT.parents)):
        return f"nobody may look into {ROOT}"
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return tried.stderr.decode() if tried.returncode else ""


Start = Callable[[Service], tuple[str, "subprocess.Popen[bytes]", Path]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    reason = able()
    if reason:
        pytest.skip(reason)
    made: list[subprocess.Popen[bytes]] = []

    def started(service: Service) -> tuple[str, subprocess.Popen[bytes], Path]:
        def here(text: str) -> str:
            text = text.replace("/run/secrets", str(WRITABLE / "secrets"))
            return str(WRITABLE / "data") if text == "/data" else text

        more = {
            "PYTHON": str(Path(sys.executable).resolve()),
            "SECRET": SECRET,
            "SECRET_FILE": service.secret_files[0],
            "APP": APP,
            "NOBODY": str(UID),
            "HOME": str(WRITABLE / "tmp"),
            "TMPDIR": str(WRITABLE / "tmp"),
            "PYTHONPATH": str(WRITABLE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PILOTHOUSE_OTLP_GRPC_PORT": "0",
        }
        environ = environment(**{k: here(v) for k, v in service.env.items()}, **more)
        log = tmp_path / "log"
        with log.open("ab") as said:
            words = [here(word) for word in service.command[1:]]
            process = subprocess.Popen(
                ["unshare", "-m", "bash", "-euc", IN_A_NAMESPACE, "bash", *command(*words)],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        made.append(process)
        url = f"http://127.0.0.1:{service.port}"
        end = time.monotonic() + 120
        while time.monotonic() < end:
            assert process.poll() is None, log.read_text()[-3000:]
            try:
                if httpx.get(url + "/readyz").status_code == 200:
                    return url, process, log
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(log.read_text()[-3000:])

    yield started
    for process in made:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ended(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


def status_of(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    text = Path(f"/proc/{process.pid}/status").read_text()
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.MULTILINE))


def test_the_platform_takes_and_shows_spans(start: Start) -> None:
    port = free_port()
    [service] = values_of(port=port).services

    url, process, log = start(service)
    with httpx.Client(base_url=url) as client:
        body = {"email": "admin@example.com", "password": SECRET}
        signed_in = client.post("/api/v1/login", json=body)
        client.cookies.set("pilothouse_session", signed_in.cookies["pilothouse_session"])
        page = client.get("/")
        projects = client.get("/api/v1/projects")
    status = status_of(process)
    code = ended(process)

    assert signed_in.status_code == page.status_code == projects.status_code == 200
    assert status["Uid"].split() == [str(UID)] * 4
    assert int(status["CapEff"], 16) == 0
    assert "Read-only" not in log.read_text()
    assert code == 0


def test_an_app_answers(start: Start) -> None:
    [service] = values_of(app="my_app:answer", app_port=free_port()).services

    url, process, log = start(service)
    headers = {"Authorization": f"Bearer {SECRET}"}
    said = httpx.post(f"{url}/invoke", json={"input": "hello"}, headers=headers)
    unknown = httpx.post(f"{url}/invoke", json={"input": "hello"})
    status = status_of(process)
    code = ended(process)

    assert said.json()["output"] == "HELLO"
    assert unknown.status_code == 401
    assert status["Uid"].split() == [str(UID)] * 4
    assert "Read-only" not in log.read_text()
    assert code == 0
