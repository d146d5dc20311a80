"""Runs the quick tests, each folder in one process: what a folder imports is then imported once.

    python tests/fast.py [PYTEST ARGUMENTS]

Prints what each process said once it is done; exits with the worst of their codes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
BROWSER = TESTS / "browser"


def parts(number: int) -> list[list[Path]]:
    """The folders and single files of tests, in as many parts of about the same size."""
    places = [p for p in TESTS.iterdir() if p.is_dir() and p != BROWSER and any(_tests(p))]
    places += [*_tests(TESTS, "test_*.py")]
    sized = sorted(((sum(f.stat().st_size for f in _tests(p)), p) for p in places), reverse=True)
    found: list[tuple[int, list[Path]]] = [(0, []) for _ in range(number)]
    for size, place in sized:
        least = min(range(number), key=lambda n: found[n][0])
        found[least] = (found[least][0] + size, [*found[least][1], place])
    return [sorted(places) for _, places in found if places]


def _tests(place: Path, pattern: str = "**/test_*.py") -> list[Path]:
    return [place] if place.is_file() else [*place.glob(pattern)]


def main(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", "not slow", *arguments]
    running = [
        subprocess.Popen(
            [*command, *map(str, part)],
            cwd=TESTS.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for part in parts(min(os.cpu_count() or 1, 4))
    ]
    codes = []
    for process in running:
        said, _ = process.communicate()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        codes.append(process.returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
