"""A mail server on this computer that can be in a bad mood, and keeps what it took."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"


class Taken(NamedTuple):
    """A message that the server took: the envelope, and what was in it."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class Postbox:
    """`mood`: well, busy (451), unwilling (550 to the message), silent (never answers), lost (takes it and hangs up),
    stuck (takes it and does not say so).

    `unknown` are recipients that it refuses.
    """

    mood: str = "well"
    unknown: set[str] = field(default_factory=set)
    taken: list[Taken] = field(default_factory=list)
    tried: int = 0
    port: int = 0

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if address in self.unknown:
            return "550 5.1.1 nobody of that name\x00 here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.tried += 1
        if self.mood == "silent":
            await asyncio.sleep(30)
        if self.mood in ("busy", "unwilling"):
            return "451 4.7.1 come back later" if self.mood == "busy" else "550 5.7.1 we take no invoices"
        content = envelope.original_content or b""
        message: Any = email.message_from_bytes(content, policy=email.policy.default)
        self.taken.append(Taken(envelope.mail_from or "", list(envelope.rcpt_tos), message))
        if self.mood == "stuck":
            await asyncio.sleep(30)
        if self.mood == "lost":
            line: Any = server.transport
            line.abort()
        return "250 OK"


@contextmanager
def running() -> Iterator[Postbox]:
    """A server on a free port until the block ends."""
    postbox = Postbox(port=free_port())
    controller = Controller(postbox, hostname=LOOPBACK, port=postbox.port)
    controller.start()
    try:
        yield postbox
    finally:
        controller.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])
