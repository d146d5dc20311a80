"""Work that outlives a request: kept in the database, resumed after a restart."""

from pilothouse.platform.jobs.models import Job, JobFailed
from pilothouse.platform.jobs.service import JobContext, Jobs

__all__ = ["Job", "JobContext", "JobFailed", "Jobs"]
