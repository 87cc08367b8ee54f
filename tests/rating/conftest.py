"""Examples are judged by their result: a busy machine must not fail a law."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")
