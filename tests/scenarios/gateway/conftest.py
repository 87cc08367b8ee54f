from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.gateway.story import GatewayStory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def gateway(db: None, tmp_path: Path) -> GatewayStory:
    """A partner with the company sub1; tests tell the rest."""
    return GatewayStory(tmp_path).has("client", id="partner", is_partner=True).company("sub1")
