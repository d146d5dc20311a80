"""Waits for jobs of the platform's queue."""

from __future__ import annotations

import asyncio

from pilothouse.platform.jobs import Jobs


async def ended(jobs: Jobs, number: str) -> str:
    """How a job ended, once it has."""
    async with asyncio.timeout(200):
        while True:
            job = await asyncio.to_thread(jobs.get, number)
            if job.status not in {"queued", "running"}:
                return job.status
            await asyncio.sleep(0.02)
