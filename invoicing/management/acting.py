"""Who acts in a command, whether they may, and why they do it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.core.management.base import CommandError

from accounts.models import User
from invoicing.management import edges
from invoicing.reasons import stated
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition


class Actor(NamedTuple):
    """The name for the audit trail, and the technician id under which this person's own time is logged."""

    name: str
    technician: str = ""


def actor(by: str | None, *permissions: str) -> Actor:
    """Who acts. A person of the house needs the permissions; another name is an operator at the shell, and may.

    Raises CommandError.
    """
    name = edges.person(by)
    user = User.objects.filter(username=name).first()
    if user is None:
        return Actor(name)
    if lacking := [permission for permission in permissions if not user.has_perm(permission)]:
        raise CommandError(f"{name} may not do this: {', '.join(lacking)} is not among the permissions of {name}")
    return Actor(name, user.technician_id or "")


def add_reason(parser: ArgumentParser, *, needed: bool = True) -> None:
    """The option --reason."""
    parser.add_argument("--reason", default="", help="why, for the audit trail" + ("; needed" if needed else ""))


def reason_of(reason: str, *, needed: bool = True) -> str:
    """The reason given. Raises CommandError where one is needed and there is none, or where it is too long."""
    if not needed and not reason.strip():
        return ""
    try:
        return stated(reason)
    except ValueError as problem:
        raise CommandError(f"--reason: {problem}") from problem


@contextmanager
def refusals(*others: type[Exception]) -> Iterator[None]:
    """What refuses in words ends the command with those words and 1."""
    caught: tuple[type[Exception], ...] = (InvalidTransition, BillingDisabled, *others)
    try:
        yield
    except caught as refusal:
        raise CommandError(str(refusal)) from refusal
