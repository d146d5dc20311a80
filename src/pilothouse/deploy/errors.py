"""What keeps files from being made."""

from __future__ import annotations


class DeployError(Exception):
    """A value that cannot be used, or a file that is in the way; the message is one line."""
