"""The sentences with which use cases refuse, collected from the modules that say them, for the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

# The modules whose sentences people read on pages.
MODULES: Final = (
    "contracts/fair_use.py", "contracts/vat_ids.py", "gateway_billing/deciding.py", "gateway_billing/locks.py",
    "gateway_billing/months.py", "gateway_billing/waiving.py", "invoicing/claims.py",
    "invoicing/documents/einvoice/house_rules.py", "invoicing/lifecycle/*.py", "invoicing/mail/addresses.py",
    "invoicing/mail/message.py", "invoicing/mail/outbox.py", "invoicing/parked.py", "invoicing/reasons.py",
    "invoicing/sending.py", "invoicing/stored_settings.py", "invoicing/stripe/anomalies.py",
    "invoicing/stripe/planning.py", "invoicing/switches.py", "invoicing/transitions.py", "invoicing/vat_standing.py",
    "rating/business_hours.py", "rating/hours.py", "tickets/applying.py", "tickets/approval.py", "tickets/chosen.py",
    "tickets/enrolment.py", "tickets/fair_use.py", "tickets/overrides.py", "tickets/planning.py",
)  # fmt: skip
_SENTENCE: Final = re.compile(r"[\w'}:;,]+( [\w'{}:;,.()-]+){2,}")
_STATEMENT: Final = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|FOR NO KEY|SET LOCAL)\b|\n")


def refusals() -> Iterator[tuple[str, str]]:
    """Each sentence, with {0}, {1} for what differs each time, and its module."""
    for pattern in MODULES:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            place = str(path.relative_to(settings.BASE_DIR))
            for text in _sentences(ast.parse(path.read_text())):
                yield text, place


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
