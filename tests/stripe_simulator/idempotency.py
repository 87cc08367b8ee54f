"""What was answered under which key: kept for 24 hours of the simulator's clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.stripe_simulator.errors import Refused

KEPT_SECONDS = 24 * 3600
LONGEST_KEY = 255


@dataclass
class Answer:
    """A status and a body; `replayed` when it was kept from an earlier request."""

    status: int
    body: dict[str, Any]
    replayed: bool = False
    request_id: str = ""


@dataclass
class _Entry:
    question: str
    at: int
    answer: Answer | None = None


@dataclass
class Keys:
    """The caller holds the world's lock."""

    entries: dict[str, _Entry] = field(default_factory=dict)

    def begin(self, key: str, method: str, path: str, params: dict[str, Any], now: int) -> Answer | None:
        """The kept answer, or None where the request is to be carried out. Refused: in progress, or other params."""
        if len(key) > LONGEST_KEY:
            raise Refused(f"Idempotency keys have at most {LONGEST_KEY} characters", kind="idempotency_error")
        question = json.dumps([method, path, params], sort_keys=True)
        entry = self.entries.get(key)
        if entry is None or entry.at + KEPT_SECONDS <= now:
            self.entries[key] = _Entry(question, now)
            return None
        if entry.question != question:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        if entry.answer is None:
            raise Refused(
                f"There is currently another in-progress request using this key: {key}", status=409,
                kind="idempotency_error", code="idempotency_key_in_use",
            )  # fmt: skip
        return Answer(entry.answer.status, entry.answer.body, replayed=True)

    def finish(self, key: str, answer: Answer | None) -> None:
        """Keep the answer; None forgets the key, because nothing was carried out."""
        if answer is None:
            self.entries.pop(key, None)
        elif key in self.entries:
            self.entries[key].answer = answer
