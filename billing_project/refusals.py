"""The sentences that are said, or stored, in English where no language is known, collected for the catalogue.

Use cases refuse with them, to commands as well; the database refuses with them; what Stripe, mail and jobs came to is
stored in them. `accounts.desk.refusals.told` finds each of them again when it is shown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

from billing_project.guard_sentences import guard_sentences

# The modules whose sentences people read on pages.
MODULES: Final = (
    "config/declaration.py", "config/kinds.py", "config/kinds_of_business.py",
    "contracts/fair_use.py", "contracts/vat_ids.py", "gateway_billing/attempts.py",
    "gateway_billing/deciding.py", "gateway_billing/locks.py", "gateway_billing/months.py",
    "gateway_billing/partner_month.py", "gateway_billing/released.py",
    "gateway_billing/waiving.py", "invoicing/claims.py", "invoicing/documents/content.py",
    "invoicing/documents/einvoice/house_rules.py", "invoicing/documents/files.py", "invoicing/jobs.py",
    "invoicing/lifecycle/*.py", "invoicing/mail/addresses.py", "invoicing/mail/emptying.py",
    "invoicing/mail/message.py", "invoicing/mail/outbox.py", "invoicing/mail/transport.py",
    "invoicing/parked.py", "invoicing/reasons.py", "invoicing/restored.py", "invoicing/sending.py",
    "invoicing/stored_settings.py", "invoicing/stripe/[!w]*.py", "invoicing/stripe/handlers/*.py",
    "invoicing/stripe/push/[!a]*.py", "invoicing/stripe/reconciliation/*.py", "invoicing/switches.py",
    "invoicing/tax.py", "invoicing/transitions.py", "invoicing/vat_standing.py", "invoicing/vies.py",
    "rating/business_hours.py", "rating/hours.py",
    "tickets/applying.py", "tickets/approval.py", "tickets/attempts.py", "tickets/chosen.py",
    "tickets/enrolment.py", "tickets/fair_use.py", "tickets/overrides.py", "tickets/parts.py", "tickets/planning.py",
)  # fmt: skip
# What is put together elsewhere, piece by piece.
PIECES: Final = (
    "billed on {0} for {1}", "billed elsewhere ({0})", "billed elsewhere ({0}) for {1}", "settled as {0}",
    "settled as {0} for {1}", "draft {0}", "1 payment recorded", "{0} payments recorded", "1 refund recorded",
    "1 failed refund recorded", "{0} failed refunds recorded",
    "{0} refunds recorded", "recorded before", "dispute {0}", "below {0}", "above {0}", "{0}, ascending",
    "lower-case names", "days", "the step is not parked any more", "automation stopped", "automation running",
    "fees {0}", "call {0}", "case {0}", "late {0} {1}", "tickets above {0}", "hours above {0}",
    "tickets above {0} times the usual {1}", "hours above {0} times the usual {1}", "InvalidTransition: {0}",
    "LookupError: {0}", "Misshapen: {0}", "NotOurs: {0}", "RuntimeError: {0}", "StripeProblem: {0}", "Unmatched: {0}",
    "ValueError: {0}", "{0} is no valid VAT id of {1}: form or check digit is wrong",
)  # fmt: skip
# Tables whose rows say what is wrong with them.
MODELS: Final = ("contracts/models/*.py", "gateway_billing/models/*.py", "invoicing/models/*.py", "tickets/models/*.py")
_SENTENCE: Final = re.compile(r"[\w'}:;,]+( [\w'{}:;,.()-]+){2,}")
_STATEMENT: Final = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|FOR NO KEY|SET LOCAL)\b|\n")


def refusals() -> Iterator[tuple[str, str]]:
    """Each sentence, with {0}, {1} for what differs each time, and its module."""
    for pattern in MODULES:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            place = str(path.relative_to(settings.BASE_DIR))
            for text in _sentences(ast.parse(path.read_text())):
                yield text, place
    for pattern in MODELS:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            place = str(path.relative_to(settings.BASE_DIR))
            for raised in _raised(ast.parse(path.read_text())):
                yield from ((text, place) for text in _sentences(raised))
    yield from ((text, "billing_project/refusals.py") for text in PIECES)
    yield from guard_sentences()


def _sentences(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if _is_docstring(node) or _is_of_the_log(node):
            continue
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            text = _text(node)
            if _SENTENCE.search(text) and not _STATEMENT.search(text):
                yield text
        else:
            yield from _sentences(node)


def _raised(tree: ast.AST) -> Iterator[ast.AST]:
    """What is raised, and messages of validators."""
    for node in ast.walk(tree):
        is_validator = (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RegexValidator"
        )
        is_message = isinstance(node, ast.keyword) and node.arg == "message"
        if isinstance(node, ast.Raise) or is_message or is_validator:
            yield node


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and "{" not in node.value else ""
    told, places = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            told += str(part.value).replace("{", "\n")  # a brace of its own would be taken for a place
        else:
            told += f"{{{places}}}"
            places += 1
    return told


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_of_the_log(node: ast.AST) -> bool:
    call = node.func if isinstance(node, ast.Call) else None
    return isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id == "log"
