"""The build hook: puts the browser app into the wheel and the source distribution."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

import build_ui


class UiBuildHook(BuildHookInterface):
    """Builds the app when it is needed, and ships it even though git ignores it."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """A packaged Node, only where one is needed and none is on hand."""
        return build_ui.requirements(Path(self.root), os.environ)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the app and adds it; a build that is skipped carries no stale one."""
        try:
            built = build_ui.ensure(Path(self.root), os.environ)
        except build_ui.UiBuildError as e:
            sys.exit(str(e))
        if built is not None:
            for folder in (build_ui.BUILT, build_ui.CHAT):
                build_data["artifacts"].append(f"/{folder}/**")
