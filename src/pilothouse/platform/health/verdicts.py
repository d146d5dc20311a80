"""From figures to sentences: what is well, what needs a look, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pilothouse.platform.health.models import Figures, Sample, Status, Verdict

_GB: Final = 10**9
LOW_DISK_BYTES: Final = 2 * _GB
FULL_DISK_BYTES: Final = _GB // 2
"""Twice what the write-ahead file leaves free: soon nothing is taken any more."""
SOON_FULL_DAYS: Final = 7
LATE_S: Final = 10.0
VERY_LATE_S: Final = 60.0
FULL_QUEUE: Final = 0.5
VERY_FULL_QUEUE: Final = 0.9
RULES_LATE_S: Final = 300.0
CLOCK_S: Final = 2.0
AHEAD_S: Final = 300.0
MANY_FILES: Final = 0.8
_ORDER: Final[tuple[Status, ...]] = ("ok", "warn", "bad")


def worst(found: Sequence[Verdict]) -> Status:
    """What all of them amount to."""
    return max((one.status for one in found), key=_ORDER.index, default="ok")


def verdicts(figures: Figures, hour: Sequence[Sample]) -> list[Verdict]:
    """One verdict a check; `hour` is the history of the last hour."""
    return [
        _stores(figures),
        _disk(figures),
        _queue(figures),
        _lag(figures),
        _rejected(figures, hour),
        _jobs(figures),
        _rules(figures),
        _clock(figures),
        _files(figures),
    ]


def _ok(check: str, message: str) -> Verdict:
    return Verdict(check=check, status="ok", message=message)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _stores(figures: Figures) -> Verdict:
    away = [
        what
        for what, found in (("span store", figures.kept), ("records database", figures.work))
        if found is None
    ]
    if away:
        return Verdict(
            check="stores",
            status="bad",
            message=f"The {' and the '.join(away)} cannot be asked.",
            hint="The server's log has the reason.",
        )
    if figures.queue.failure:
        return Verdict(
            check="stores",
            status="bad",
            message=f"The span store does not take rows: {figures.queue.failure}",
            hint="What was acknowledged is safe in the write-ahead file; it is tried again.",
        )
    if figures.put_aside:
        return Verdict(
            check="stores",
            status="bad",
            message=f"The span store refused {_many(figures.put_aside, 'row')} for good.",
            hint="They are kept in the folder `rejected` of the data directory; see the log.",
        )
    return _ok("stores", "Both stores answer.")


def _disk(figures: Figures) -> Verdict:
    free = figures.disk_free_bytes
    said = f"{free / _GB:.1f} GB of {figures.disk_total_bytes / _GB:.1f} GB are free"
    hint = "Shorten the retention of projects, or move the data to a larger disk."
    if free < LOW_DISK_BYTES:
        status: Status = "bad" if free < FULL_DISK_BYTES else "warn"
        return Verdict(check="disk", status=status, message=f"Only {said}.", hint=hint)
    growth = figures.kept.store_bytes_a_day if figures.kept is not None else None
    if growth is not None and growth * SOON_FULL_DAYS > free:
        days = f"{free / growth:.1f} days"
        message = f"{said}; as the store grows, they are used up in {days}."
        return Verdict(check="disk", status="warn", message=message, hint=hint)
    return _ok("disk", f"{said}.")


def _queue(figures: Figures) -> Verdict:
    share = figures.queue.bytes / figures.queue_bound_bytes
    said = f"{share * 100:.0f} % of what may wait for the store is waiting"
    if share < FULL_QUEUE:
        return _ok("queue", f"{said}.")
    return Verdict(
        check="queue",
        status="bad" if share >= VERY_FULL_QUEUE else "warn",
        message=f"{said}: requests are soon sent back with 503.",
        hint="More comes in than can be stored: send less, or give the server more processor.",
    )


def _lag(figures: Figures) -> Verdict:
    late_s = figures.queue.oldest_s
    if late_s <= LATE_S:
        return _ok("lag", "What is acknowledged is stored within seconds.")
    return Verdict(
        check="lag",
        status="bad" if late_s > VERY_LATE_S else "warn",
        message=f"The oldest acknowledged span has waited {late_s:.0f} s for the store.",
        hint="It is safe in the write-ahead file, and reads wait for it.",
    )


def _rejected(figures: Figures, hour: Sequence[Sample]) -> Verdict:
    rejected = sum(sample.rejected for sample in hour)
    refused = sum(sample.refused for sample in hour)
    if not rejected and not refused:
        return _ok("rejected", "Nothing was turned away in the last hour.")
    parts = [_many(n, what) for n, what in ((rejected, "record"), (refused, "request")) if n]
    reasons = sorted({reason for (_, reason), count in figures.refused.items() if count})
    since_start = f" Reasons since the start: {', '.join(reasons)}." if reasons else ""
    return Verdict(
        check="rejected",
        status="warn",
        message=f"Turned away in the last hour: {' and '.join(parts)}.{since_start}",
        hint="Senders are told why in the answer; /metrics counts by protocol and reason.",
    )


def _jobs(figures: Figures) -> Verdict:
    work = figures.work
    if work is None or not work.jobs_failed:
        waiting = 0 if work is None else work.jobs_queued
        return _ok("jobs", f"No job failed in the last 24 hours; {waiting} wait.")
    return Verdict(
        check="jobs",
        status="warn",
        message=f"{_many(work.jobs_failed, 'job')} failed in the last 24 hours.",
        hint="GET /api/v1/jobs says why.",
    )


def _rules(figures: Figures) -> Verdict:
    work = figures.work
    if work is None or work.rules_late_s <= RULES_LATE_S:
        return _ok("rules", "Rules of online evaluation keep up.")
    return Verdict(
        check="rules",
        status="warn",
        message=f"To be judged: {work.rules_due}, the first for {work.rules_late_s / 60:.0f} min.",
        hint="Their provider is away or slow, or more comes in than it can judge.",
    )


def _clock(figures: Figures) -> Verdict:
    if figures.clock_jump_s > CLOCK_S:
        return Verdict(
            check="clock",
            status="warn",
            message=f"The server's clock jumped by {figures.clock_jump_s:.1f} s in the last hours.",
            hint="Have it set by NTP: retention and time ranges go by it.",
        )
    if figures.kept is not None and figures.kept.ahead_s > AHEAD_S:
        return Verdict(
            check="clock",
            status="warn",
            message=f"The newest trace begins {figures.kept.ahead_s / 60:.0f} minutes from now.",
            hint="The clock of its sender is ahead, or this server's is behind.",
        )
    return _ok("clock", "Neither this clock nor a sender's is known to be wrong.")


def _files(figures: Figures) -> Verdict:
    files, most = figures.process.open_files, figures.process.most_files
    if files is None or most is None or most <= 0:
        return _ok("files", "The system does not say how many files may be open.")
    said = f"{files} of {most} files are open"
    if files < most * MANY_FILES:
        return _ok("files", f"{said}.")
    return Verdict(
        check="files", status="warn", message=f"{said}.", hint="Raise the limit (ulimit -n)."
    )
