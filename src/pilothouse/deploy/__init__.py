"""Files to deploy with: a platform, a served app, a search index, for nine kinds of places."""

from pilothouse.deploy.checking import Finding, check
from pilothouse.deploy.errors import DeployError
from pilothouse.deploy.rendering import files_of, next_steps
from pilothouse.deploy.services import Service
from pilothouse.deploy.targets import TARGETS
from pilothouse.deploy.values import Values, values_of
from pilothouse.deploy.writing import Written, write

__all__ = [
    "TARGETS",
    "DeployError",
    "Finding",
    "Service",
    "Values",
    "Written",
    "check",
    "files_of",
    "next_steps",
    "values_of",
    "write",
]
