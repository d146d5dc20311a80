"""A service of datasets for the tests of this folder, on both engines."""

from __future__ import annotations

import pytest

from dataset_world import MemoryBlobs
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.records import Records


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
def datasets(records: Records, blobs: MemoryBlobs) -> DatasetService:
    return DatasetService(records, blobs)
