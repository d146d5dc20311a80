"""Fine-tuning files of rows: no duplicates, nothing private, checked, and divided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pilothouse.evaluation.data.duplicates import repeated
from pilothouse.evaluation.data.finetuning import privacy
from pilothouse.evaluation.data.finetuning.formats import FORMATS
from pilothouse.evaluation.data.finetuning.samples import Sample, Unusable, preferred, sample_of
from pilothouse.evaluation.data.finetuning.splitting import split
from pilothouse.evaluation.data.writing import write_lines
from pilothouse.evaluation.rows import Row

Private = Literal["drop", "mask", "keep"]
"""What becomes of samples that hold secrets or personal data."""
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written, and what was left out and why."""

    path: Path
    validation_path: Path | None
    written: int
    validation: int
    groups: int
    exact_duplicates: int
    near_duplicates: int
    private: Mapping[str, int] = field(default_factory=dict)
    """What was found of each kind, in samples that are no duplicates."""
    private_samples: int = 0
    """In how many samples; they were left out, masked or kept as was asked."""
    unusable: Mapping[str, int] = field(default_factory=dict)
    """Rows that nothing can be learned from, by the reason."""
    unusable_ids: Sequence[str] = ()
    """The first of them."""


def export_finetune(
    rows: Iterable[Row] | Iterable[tuple[Row, Row]],
    path: str | Path,
    *,
    format: str = "openai",
    validation: float = 0.1,
    near: float | None = 0.8,
    private: Private = "drop",
    detectors: Sequence[str] = privacy.DETECTORS,
    seed: int = 0,
) -> Exported:
    """Writes `path` and, with a share for `validation`, `STEM.validation.jsonl` beside it.

    `rows` are rows for the formats `openai` and `sharegpt`, and pairs of the better and the worse
    for `dpo` and `openai-dpo`. `near` is from which share of common text on two samples are
    duplicates; None leaves only equal ones out. The same rows and seed give the same files.
    Raises ValueError for options that mean nothing, and where nothing is left to be written.
    """
    if format not in FORMATS:
        raise ValueError(f"no format {format!r}: choose from {', '.join(FORMATS)}")
    if private not in get_args(Private):
        choices = ", ".join(get_args(Private))
        raise ValueError(f"private is one of {choices}, not {private!r}")
    privacy.checked(detectors)
    form = FORMATS[format]
    made, unusable, ids = _made(rows, form.made, pairs=form.pairs)
    samples, exact, close = _distinct(made, near)
    samples, found, held = _cleared(samples, private, detectors)
    training, validating = split(samples, validation, seed=seed)
    if not training:
        why = "; ".join(f"{count}: {reason}" for reason, count in unusable.most_common(3))
        raise ValueError(
            f"no row is left to be trained on ({why or 'duplicates and private data'})"
        )
    path = Path(path)
    beside = path.with_name(f"{path.stem}.validation{path.suffix or '.jsonl'}")
    write_lines(map(form.made, training), path)
    if validating:
        write_lines(map(form.made, validating), beside)
    else:
        beside.unlink(missing_ok=True)  # of an earlier export: it may hold what is trained on now
    return Exported(
        path=path,
        validation_path=beside if validating else None,
        written=len(training),
        validation=len(validating),
        groups=len({sample.group for sample in samples}),
        exact_duplicates=exact,
        near_duplicates=close,
        private=dict(found),
        private_samples=held,
        unusable=dict(unusable),
        unusable_ids=ids,
    )


def _made(
    rows: Iterable[Any], record: Callable[[Sample], Any], *, pairs: bool
) -> tuple[list[Sample], Counter[str], list[str]]:
    """The samples that the format can say, and why others cannot be used."""
    samples: list[Sample] = []
    reasons: Counter[str] = Counter()
    ids: list[str] = []
    for given in rows:
        if isinstance(given, tuple) != pairs:
            wanted = "pairs of rows, the better one first" if pairs else "rows"
            raise ValueError(f"this format is made of {wanted}, not of {type(given).__name__}")
        try:
            sample = preferred(*given) if pairs else sample_of(given)
            record(sample)
        except Unusable as e:
            reasons[str(e)] += 1
            row = given[0] if pairs else given
            if len(ids) < _SHOWN:
                ids.append(row.example_id or "")
            continue
        samples.append(sample)
    return samples, reasons, ids


def _distinct(samples: list[Sample], near: float | None) -> tuple[list[Sample], int, int]:
    """The samples that repeat none before them, and how many repeated one exactly, or nearly.

    Near ones are told by all that is said: one question with other answers is kept.
    """
    texts = [sample.text() for sample in samples]
    same = repeated(texts, threshold=None)
    left = [at for at, earlier in enumerate(same) if earlier is None]
    alike = repeated([texts[at] for at in left], threshold=near)
    kept = [samples[at] for at, earlier in zip(left, alike, strict=True) if earlier is None]
    return kept, len(samples) - len(left), len(left) - len(kept)


def _cleared(
    samples: list[Sample], private: Private, detectors: Sequence[str]
) -> tuple[list[Sample], Counter[str], int]:
    kept: list[Sample] = []
    found: Counter[str] = Counter()
    held = 0
    for sample in samples:
        counts = privacy.found_in(sample, detectors)
        found += counts
        held += bool(counts)
        if not counts or private == "keep":
            kept.append(sample)
        elif private == "mask":
            kept.append(privacy.masked(sample, detectors))
    return kept, found, held
