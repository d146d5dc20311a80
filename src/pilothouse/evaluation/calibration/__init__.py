"""How far a judge agrees with people, what its rates mean then, and whether that changed."""

from pilothouse.evaluation.calibration.calibrating import (
    acalibrate,
    calibrate,
    calibrated,
    calibration_of,
    halves,
)
from pilothouse.evaluation.calibration.corrections import (
    Correction,
    Improvement,
    corrections,
    improve,
    with_corrections,
)
from pilothouse.evaluation.calibration.drift import Drift, drift
from pilothouse.evaluation.calibration.rates import NotCorrectable, corrected_rate
from pilothouse.evaluation.calibration.ratings import Human, Rated, rated_of
from pilothouse.evaluation.calibration.records import (
    CalibrationRecord,
    Standing,
    record_from,
    record_of,
    standing,
)
from pilothouse.evaluation.calibration.report import Calibration, LabelAgreement

__all__ = [
    "Calibration",
    "CalibrationRecord",
    "Correction",
    "Drift",
    "Human",
    "Improvement",
    "LabelAgreement",
    "NotCorrectable",
    "Rated",
    "Standing",
    "acalibrate",
    "calibrate",
    "calibrated",
    "calibration_of",
    "corrected_rate",
    "corrections",
    "drift",
    "halves",
    "improve",
    "rated_of",
    "record_from",
    "record_of",
    "standing",
    "with_corrections",
]
