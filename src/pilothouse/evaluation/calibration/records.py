"""What is kept of a calibration, to be read beside the scores of the judge that it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pilothouse.evaluation.calibration.report import Calibration, Use

Standing = Literal["calibrated", "changed", "uncalibrated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRecord:
    """The figures of a calibration by the version of its judge."""

    judge: str
    judge_version: str
    prompt: str | None
    calibrated_at: str
    n: int
    n_error: int
    accuracy: float | None
    kappa: float | None
    positive: str | None
    sensitivity: float | None
    specificity: float | None
    use: Use

    def document(self) -> dict[str, Any]:
        """The record as JSON takes it."""
        return asdict(self)


def record_of(calibration: Calibration, *, at: datetime | None = None) -> CalibrationRecord:
    """What to keep of a calibration."""
    figures = (
        calibration.accuracy,
        calibration.kappa,
        calibration.sensitivity,
        calibration.specificity,
    )
    accuracy, kappa, right, wrong = (None if each is None else each.estimate for each in figures)
    return CalibrationRecord(
        judge=calibration.judge,
        judge_version=calibration.judge_version,
        prompt=calibration.prompt,
        calibrated_at=(at or datetime.now(UTC)).isoformat(),
        n=len(calibration.counted),
        n_error=calibration.failed,
        accuracy=accuracy,
        kappa=kappa,
        positive=calibration.positive,
        sensitivity=right,
        specificity=wrong,
        use=calibration.use,
    )


def record_from(document: Mapping[str, Any]) -> CalibrationRecord:
    """The record that a document keeps. Raises TypeError for one that is none."""
    return CalibrationRecord(**document)


def standing(judge: str, version: str, record: CalibrationRecord | None) -> Standing:
    """Whether scores of this judge's version are those of the one that was calibrated."""
    if record is None or record.judge != judge:
        return "uncalibrated"
    return "calibrated" if record.judge_version == version else "changed"
