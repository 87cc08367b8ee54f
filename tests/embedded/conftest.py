from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing_project.embedded.folder import DataFolder
from tests.embedded.process_table import becomes, processes_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """A fresh data folder; whatever a test did with it, nothing of it may run afterwards."""
    yield DataFolder.open(tmp_path / "data")
    assert becomes(lambda: not processes_of(tmp_path)), processes_of(tmp_path)
