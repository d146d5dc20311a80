"""What an A/B split costs the gateway's hot path: CPU of a call with an arm against one without.

    python bench/arms.py [--requests 2000] [--rounds 5]

One server, one provider that answers at once, two routes to the same model: `plain`, and `split`
between two arms of which one changes the system message. Both are asked by turns, 16 at a time, by
users of their own; printed are the CPU microseconds of the server a call (until its span is
stored), as medians of the rounds, the ratio, and what choosing an arm takes by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
GATEWAY = Path(__file__).with_name("gateway.py")
AT_ONCE = 16


async def load(url: str, route: str, count: int) -> None:
    """So many calls of so many users."""
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "What is the capital of France?"},
    ]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        left = iter(range(count))

        async def some() -> None:
            for number in left:
                body = {"model": route, "messages": messages, "user": f"user-{number}"}
                async with session.post(f"{url}/v1/chat/completions", json=body) as answer:
                    assert answer.status == 200, await answer.read()
                    assert ("x-experiment" in answer.headers) == (route == "split")

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))


def choosing() -> float:
    """Microseconds to find the arm of a user, by itself."""
    from pilothouse.gateway.trials import Arm, Trial, assigned, changed_body, digest_of

    trial = Trial(name="t", arms=(Arm(name="a"), Arm(name="b", system="Be brief.")), salt="s")
    body: dict[str, Any] = {"messages": [{"role": "user", "content": "?"}]}
    begun = time.process_time()
    for number in range(50_000):
        user = f"user-{number}"
        arm = assigned(trial, user)
        assert arm is not None
        digest_of(trial.salt, user)
        changed_body(arm, "/chat/completions", body)
    return (time.process_time() - begun) / 50_000 * 1e6


def main() -> None:
    from gateway import cpu_s, until_stored
    from servers import ServerProcess, free_port

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    port = free_port()
    provider = subprocess.Popen([sys.executable, GATEWAY, "--role", "provider", str(port)])
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data").start()
        try:
            body = {"base_url": f"http://127.0.0.1:{port}/v1", "api_key": "sk-x"}
            server.call("PUT", "/api/v1/providers/openai", body)
            route = {"targets": [{"provider": "openai", "model": "gpt-4o-mini"}]}
            for name in ("plain", "split"):
                server.call("PUT", f"/api/v1/gateway/routes/{name}", route)
            arms = [{"name": "a"}, {"name": "b", "system": "Be brief."}]
            release = {"name": "bench", "kind": "ab", "route": "split", "arms": arms}
            status, said = server.call("POST", "/api/v1/releases", release)
            assert status == 201, said
            assert server.process is not None
            found: dict[str, list[float]] = {"plain": [], "split": []}
            asked = 0
            for number in range(args.rounds + 1):
                for name, rounds in found.items():
                    before = cpu_s(server.process.pid)
                    asyncio.run(load(server.url, name, args.requests))
                    asked += args.requests
                    until_stored(server, asked)
                    if number:  # the first round warms both
                        spent = cpu_s(server.process.pid) - before
                        rounds.append(spent / args.requests * 1e6)
            plain, split = median(found["plain"]), median(found["split"])
            shown = {name: [round(each) for each in rounds] for name, rounds in found.items()}
            print(f"plain {plain:.0f} µs, with arms {split:.0f} µs, ratio {split / plain:.3f};"
                  f" rounds {shown}; choosing alone {choosing():.1f} µs")  # fmt: skip
        finally:
            server.stop()
            provider.terminate()


if __name__ == "__main__":
    main()
