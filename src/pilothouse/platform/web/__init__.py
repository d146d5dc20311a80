"""The browser app as built from `web/`: its files and the way they are served."""

from pilothouse.platform.web.serve import mount_web

__all__ = ["mount_web"]
