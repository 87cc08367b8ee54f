"""How Stripe refuses, or does not answer."""

from __future__ import annotations

from typing import Final

UNREACHABLE: Final = "unreachable"  # no answer: whether it acted is not known
BUSY: Final = "busy"  # 409 or 429: not now
REFUSED: Final = "refused"  # 400: not like this
DECLINED: Final = "declined"  # 402: the payment method, not the request
FORBIDDEN: Final = "forbidden"  # 401, 403, or a key of the other mode: the key, not the request
NOT_FOUND: Final = "not_found"  # 404
BROKEN: Final = "broken"  # 500 and others: it may have acted all the same
LINES_MISSING: Final = "lines_missing"  # a code of ours: the draft there has not all lines any more
LONGEST: Final = 300


class StripeProblem(Exception):  # noqa: N818 - what became of a call
    """A call that was not answered as wished: `kind` is one of the constants above, `sentence` is for people.

    `replayed`: the answer is the one that Stripe keeps under the key, not one to this call.
    """

    def __init__(self, kind: str, sentence: str, *, status: int = 0, code: str = "", replayed: bool = False) -> None:
        super().__init__(sentence)
        self.kind, self.sentence = kind, sentence[:LONGEST]
        self.status, self.code, self.replayed = status, code, replayed

    @property
    def is_final(self) -> bool:
        """Whether the same request would be refused again."""
        return self.kind in (REFUSED, DECLINED, NOT_FOUND)


class NotSetUp(StripeProblem):
    """No key is set: nobody can be asked."""

    def __init__(self) -> None:
        super().__init__(FORBIDDEN, "Stripe is not set up: STRIPE_SECRET_KEY is not set")


class BadSignature(Exception):  # noqa: N818 - a finding about who wrote
    """The body was not signed with one of our secrets, or not lately; the reason is the message."""
