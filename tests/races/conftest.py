from __future__ import annotations

from tests.processes import broker, processes

__all__ = ["broker", "processes"]
