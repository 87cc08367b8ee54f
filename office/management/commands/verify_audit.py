"""Check the audit trail against its seals: `manage.py verify_audit [--known POSITION:DIGEST]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from invoicing.audit_check import Known, violations
from invoicing.models import AuditHead


def known(text: str) -> Known:
    position, _, digest = text.partition(":")
    if not position.isdecimal() or len(digest) != 64:  # noqa: PLR2004 - hexadecimal digits of SHA-256
        raise ArgumentTypeError("give it as POSITION:DIGEST, as in the log line of a seal")
    return Known(int(position), digest)


class Command(BaseCommand):
    help = "Check that no entry of the audit trail was changed, moved or taken away. Ends with 1 where one was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--known", type=known, help="an end of the chain from the log, as POSITION:DIGEST")

    def handle(self, *, known: Known | None, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        number = 0
        for sentence in violations(at=timezone.now(), known=known):
            number += 1
            self.stdout.write(sentence)
        head = AuditHead.objects.filter(pk=1).first()
        where = f"{head.position}:{head.digest}" if head else "nothing sealed yet"
        self.stdout.write(f"{number} violations; the chain ends at {where}")
        if number:
            sys.exit(1)
