"""What a sample with shares of its own says of all that it was drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.evaluation.statistics.weighted import sample_mean


def test_a_sample_that_takes_more_of_the_bad_ones_still_tells_the_mean_of_all() -> None:
    drawn = [(0.0, 1.0)] * 10 + [(1.0, 0.1)] * 9

    found = sample_mean(drawn)

    assert found.mean == pytest.approx(90 / 100)
    assert (found.n, found.population) == (19, pytest.approx(100))


def test_the_interval_covers_the_mean_of_what_is_still_to_come() -> None:
    random = np.random.default_rng(7)
    covered, means = 0, []
    for _ in range(3_000):
        failed = random.random(400) < 0.1
        values = np.where(failed, random.normal(0.2, 0.1, 400), random.normal(0.8, 0.1, 400))
        shares = np.where(failed, 1.0, 0.2)
        taken = random.random(400) < shares
        found = sample_mean(zip(values[taken].tolist(), shares[taken].tolist(), strict=True))
        assert found.low is not None
        assert found.high is not None
        assert found.mean is not None
        means.append(found.mean)
        covered += found.low <= 0.74 <= found.high

    assert np.mean(means) == pytest.approx(0.74, abs=0.003)
    assert 0.935 <= covered / 3_000 <= 0.965


def test_where_everything_was_drawn_it_is_the_ordinary_mean_with_its_ordinary_error() -> None:
    values = [0.1, 0.4, 0.9, 0.7]

    found = sample_mean((value, 1.0) for value in values)

    assert found.mean == pytest.approx(np.mean(values))
    assert found.se == pytest.approx(np.std(values, ddof=1) / 2)


@pytest.mark.parametrize(("drawn", "mean"), [([], None), ([(0.5, 0.1)], 0.5)])
def test_of_fewer_than_two_there_is_no_error(
    drawn: list[tuple[float, float]], mean: float | None
) -> None:
    found = sample_mean(drawn)

    assert (found.mean, found.se, found.low, found.high) == (mean, None, None, None)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_that_none_can_have_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        sample_mean([(1.0, share)])
