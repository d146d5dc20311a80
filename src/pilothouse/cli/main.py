"""Finds the command and runs it.

Nothing is imported here but what the list of commands needs: `pilothouse --help` has to be quick,
and works on an installation without the server.

Exit codes: 0 done; 1 a mistake, or the server said no; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

COMMANDS: Final[dict[str, str]] = {
    "up": "Start the server.",
    "serve": "Serve a Python object as a web service.",
    "index": "Build an index of documents, and keep it up to date.",
    "search": "Serve an index of documents, ask it, and measure it.",
    "traces": "List, show, follow, export and import traces.",
    "metrics": "Measure by interval and group.",
    "report": "Report costs, and compare them with a provider's bill.",
    "alerts": "List alert rules, and try the channels that they tell on.",
    "budgets": "List, set and remove what projects may spend.",
    "rules": "List rules of online evaluation, and cap what those of a project may take.",
    "eval": "Run experiments and compare them.",
    "dataset": "Make examples, review them, and export them for training.",
    "projects": "List, create and delete projects.",
    "users": "Create and list the accounts of people.",
    "keys": "Create, list and revoke API keys.",
    "gateway": "Make keys and routes of the gateway, and see how its models do.",
    "release": "Split a route, mirror it, and release a challenger step by step.",
    "config": "Show every setting and where it comes from.",
    "deploy": "Make the files to deploy with, and check them.",
    "doctor": "Check the installation, ports, disk, stores and clock.",
    "backup": "Write a backup of everything.",
    "restore": "Bring a backup back.",
    "import": "Copy everything from a LangSmith server.",
}
"""Each stands in a file of its name."""


def main() -> None:
    """The entry point of the command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; -> its exit code."""
    if len(arguments) > 1 and arguments[0] == "help":
        arguments = [*arguments[1:], "--help"]
    if not arguments or arguments[0] in {"--help", "-h", "help"}:
        sys.stdout.write(_help())
        return 0
    if arguments[0] in {"--version", "version"}:
        from pilothouse import __version__

        sys.stdout.write(f"{__version__}\n")
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        return _told(_unknown(name))
    return _run(name, rest)


def _run(name: str, arguments: list[str]) -> int:
    import typer
    from typer.main import get_command

    module = import_module(f"pilothouse.cli.{name}")
    command, mistake = get_command(module.app), getattr(module, "MISTAKE", 1)
    if not arguments and hasattr(command, "commands"):
        arguments = ["--help"]
    usage_errors: Any = typer.BadParameter.__mro__[2]  # ClickException, wherever typer keeps it
    try:
        code = command.main(arguments, prog_name=f"pilothouse {name}", standalone_mode=False)
    except usage_errors as error:
        context = getattr(error, "ctx", None)
        path = f"pilothouse {name}" if context is None else context.command_path
        said = error.format_message().replace("Value error, ", "")
        return _told(f"{said} ({path} --help)", mistake)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has had enough
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        return _told(f"{error.filename}: {error.strerror}", mistake)
    except Exception as error:
        # Every error class of ours carries one line for a person; all others are bugs.
        if type(error).__module__.partition(".")[0] != "pilothouse":
            raise
        return _told(str(error), mistake)
    return code if isinstance(code, int) else 0


def _told(message: str, code: int = 1) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"pilothouse: {line}\n")
    return code


def _unknown(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else " (pilothouse --help lists them)"
    return f"there is no command {name!r}{hint}"


def _help() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{sentence}" for name, sentence in COMMANDS.items()]
    return (
        "Pilothouse takes LLM applications from pilot to production.\n\n"
        "Usage: pilothouse COMMAND [OPTIONS]\n\n"
        "Commands:\n" + "\n".join(lines) + "\n\n"
        "Options:\n"
        "  --help     This text; after a command, the help of that command.\n"
        "  --version  The version.\n\n"
        "Example: pilothouse up --demo\n\n"
        "Exit codes: 0 done, 1 a mistake or a refusal, 130 stopped by Ctrl-C.\n"
        "Those of eval and dataset stand in their help.\n"
    )


if __name__ == "__main__":
    main()
