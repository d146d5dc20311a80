"""What can be served."""

from pilothouse.serving.targets.detect import target_of
from pilothouse.serving.targets.target import Target, Whole, Work, joined

__all__ = ["Target", "Whole", "Work", "joined", "target_of"]
