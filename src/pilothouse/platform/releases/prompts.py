"""Prompts of the registry as arms use them."""

from __future__ import annotations

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts.service import PromptService


class RegistryPrompts:
    """Reads the registry."""

    def __init__(self, prompts: PromptService) -> None:
        self._prompts = prompts

    def text_of(self, name: str, version: str) -> tuple[str | None, str]:
        """The text for the system message, None where variables are to be filled; the version.

        Raises NotFound, and BadRequest for a folder of files or one without a system message.
        """
        commit = self._prompts.resolve(name, version)
        number = str(commit.number)
        if "files" in commit.manifest:
            raise BadRequest(f"{name!r} is a folder of files, which no arm can have")
        plain = manifests.plain(dict(commit.manifest))
        said = [m for m in plain["messages"] if m["role"] == "system"]
        if manifests.variables(said, plain["template_format"]):
            return None, number  # the application fills it in: it asks for its arm
        text = "\n".join(t for message in said for t in manifests.texts(message.get("content")))
        if not text:
            raise BadRequest(f"version {number} of prompt {name!r} has no system message")
        return text, number

    def version_at(self, name: str, label: str) -> str:
        """The number of the version that a label points at. Raises NotFound."""
        return str(self._prompts.resolve(name, label).number)

    def point(self, name: str, label: str, version: str, *, by: str) -> None:
        """Move a label. Raises NotFound."""
        self._prompts.label(name, label, version, by=by)
