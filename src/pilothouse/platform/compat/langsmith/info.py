"""What the client asks first: what this server can do."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from pilothouse.platform.compat.langsmith.services import Services

SPEAKS: Final = "0.18.0"
"""The version of the protocol: from 0.8.10 on feedback rides with the runs, from 0.18 on there
are no warnings."""


def router(services: Services) -> APIRouter:
    """`/info`, which works without a key."""
    routes = APIRouter()

    @routes.get("/info")
    def info() -> dict[str, Any]:
        # A `batch_ingest_config` that lacks a key kills the client's background thread.
        return {
            "version": SPEAKS,
            "license_expiration_time": None,
            "batch_ingest_config": {
                "use_multipart_endpoint": True,
                "scale_up_qsize_trigger": 1000,
                "scale_up_nthreads_limit": 16,
                "scale_down_nempty_trigger": 4,
                "size_limit": 100,
                "size_limit_bytes": min(20_971_520, services.settings.max_request_bytes),
            },
            "instance_flags": {
                "zstd_compression_enabled": True,
                "dataset_examples_multipart_enabled": True,
                "examples_multipart_enabled": True,
            },
        }

    return routes
