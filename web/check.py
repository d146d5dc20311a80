"""The browser app's own checks: format and lint, types, unit tests.

    python web/check.py [format]

Installs the developer tools of `package.json` where they are missing, with the Node that the build
uses, or the one from the `dev` extra.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parent
sys.path.insert(0, str(WEB.parent))

import build_ui  # noqa: E402 - the path is set above

CHECKS = (
    ("@biomejs/biome/bin/biome", "check", "."),
    ("typescript/bin/tsc", "--noEmit"),
    ("vitest/vitest.mjs", "run"),
)
FORMAT = (("@biomejs/biome/bin/biome", "check", "--write", "."),)


def main() -> int:
    """0 when every check passed."""
    node = build_ui.find_node(os.environ)
    if node is None:
        sys.stderr.write("no Node 22.12 or newer: install the dev extra, or set PILOTHOUSE_NODE\n")
        return 1
    modules = WEB / "node_modules"
    steps = FORMAT if sys.argv[1:] == ["format"] else CHECKS
    if not all((modules / step[0]).is_file() for step in CHECKS):
        npm_ci = [node.executable, node.npm, "ci", "--ignore-scripts", "--prefer-offline"]
        subprocess.run(npm_ci, cwd=WEB, check=True)  # noqa: S603 - our own tools
    for script, *arguments in steps:
        command = [str(node.executable), str(modules / script), *arguments]
        if subprocess.run(command, cwd=WEB, check=False).returncode:  # noqa: S603 - as above
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
