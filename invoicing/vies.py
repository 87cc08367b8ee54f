"""Asking the EU's register of VAT ids (VIES) about one id. Knows no database; whatever goes wrong is an answer, too."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
MOST_BYTES = 64 * 1024
OK = 200
# What is stored of an answer: printable, and no longer than its column.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_WITHHELD = "---"  # how member states say that they tell neither name nor address

VALID, INVALID, UNAVAILABLE = "valid", "invalid", "unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register said. `problem` says why it said nothing; name and address are empty where withheld."""

    outcome: str
    consultation_number: str = ""
    name: str = ""
    address: str = ""
    problem: str = ""


class _NoAnswer(Exception):  # noqa: N818 - becomes an answer
    """The register did not answer the question."""


def ask(vat_id: str, *, requester: str, url: str) -> Answer:
    """Ask about a VAT id (with its letters), in the name of the requester's own id, which brings a consultation number.

    `url` is the address of the register's REST interface. Takes at most 13 seconds.
    """
    question = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
    if requester:
        question |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
    try:
        return _read(vat_id, _post(f"{url}/check-vat-number", json.dumps(question).encode()))
    except _NoAnswer as problem:
        return Answer(UNAVAILABLE, problem=_text(str(problem), 300))


def _read(vat_id: str, found: Any) -> Answer:
    if not isinstance(found, dict) or not isinstance(found.get("valid"), bool):
        raise _NoAnswer(f"it said {_errors(found) or 'nothing that can be understood'}")
    if f"{found.get('countryCode')}{found.get('vatNumber')}" != vat_id:
        raise _NoAnswer("it answered about another VAT id")
    if not found["valid"]:
        return Answer(INVALID, _text(found.get("requestIdentifier"), 60))
    return Answer(
        VALID,
        _text(found.get("requestIdentifier"), 60),
        _text(found.get("name"), 300),
        _text(found.get("address"), 500),
    )


def _errors(found: Any) -> str:
    """The register's own names for what is wrong, such as MS_UNAVAILABLE."""
    wrappers = found.get("errorWrappers") if isinstance(found, dict) else None
    if not isinstance(wrappers, list):
        return ""
    return ", ".join(_text(one.get("error"), 60) for one in wrappers if isinstance(one, dict))


def _post(url: str, body: bytes) -> Any:
    """The JSON that it answers. Raises _NoAnswer."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.request("POST", parts.path, body, {"Content-Type": "application/json", "Accept": "application/json"})
        response = connection.getresponse()
        text = _body(response, time.monotonic() + ANSWER_SECONDS)
    except (OSError, HTTPException) as problem:
        raise _NoAnswer(f"{type(problem).__name__}: {problem}") from problem
    finally:
        connection.close()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise _NoAnswer(f"it answered {response.status} with what is no JSON") from problem
    if response.status != OK:
        raise _NoAnswer(f"it answered {response.status} {_errors(found)}".strip())
    return found


def _body(response: Any, until: float) -> bytes:
    """The whole body: one that drips or does not end is given up."""
    found = b""
    while chunk := response.read1(MOST_BYTES):
        found += chunk
        if len(found) > MOST_BYTES or time.monotonic() > until:
            raise _NoAnswer("its answer does not end")
    return found


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or value == _WITHHELD:
        return ""
    return _UNPRINTABLE.sub(" ", value).strip()[:longest]
