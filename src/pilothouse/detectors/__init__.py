"""Finds secrets and personal data in texts, by patterns and check digits."""

from pilothouse.detectors.detector import Detector, Find
from pilothouse.detectors.findings import Finding, find, redacted
from pilothouse.detectors.tables import ALL_DETECTORS, DETECTORS

__all__ = ["ALL_DETECTORS", "DETECTORS", "Detector", "Find", "Finding", "find", "redacted"]
