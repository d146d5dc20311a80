"""Projects: what every span belongs to, and what is set for each."""

from pilothouse.platform.projects.models import Project, clean_name
from pilothouse.platform.projects.service import ProjectDirectory

__all__ = ["Project", "ProjectDirectory", "clean_name"]
