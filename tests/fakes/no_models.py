"""Providers of models for tests in which nobody asks one."""

from __future__ import annotations

from typing import Any


class NoModels:
    """Has no models."""

    def chat(self, model: str, *, project_id: int = 0, attempts: int | None = None) -> Any:
        raise AssertionError(model)
