from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.story import Story

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def story(db: None, tmp_path: Path) -> Story:
    """An empty story; tests tell the lines that they are about."""
    return Story(tmp_path)
