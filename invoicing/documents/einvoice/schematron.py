"""The rules of EN 16931 as its authors wrote them (Schematron), run by saxonche where that is installed.

A rule set is compiled once in a process. The engine belongs to one thread, so that it works for every thread of a web
process; a process that was forked off makes its own.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from lxml import etree

from invoicing.documents.einvoice.rule_files import SCHEMATRONS, folder

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_RULE = re.compile(r"^\[(?P<rule>[A-Z0-9-]+)\]\s*-?\s*(?P<text>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule of the standard that a document breaks, in the words of the standard."""

    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}" if self.rule else self.text


@cache
def is_installed() -> bool:
    """Whether the rules can be run here."""
    return find_spec("saxonche") is not None


def broken_rules(xml: bytes, syntax: str) -> list[BrokenRule]:
    """The rules that a document in "cii" or "ubl" breaks. Raises RuntimeError where the engine fails."""
    return _engine(os.getpid()).submit(_run, os.getpid(), xml.decode(), syntax).result()


@cache
def _engine(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="schematron")


def _saxon() -> Any:
    """The engine's package, which takes a while to load and may be missing."""
    return import_module("saxonche")


@cache
def _processor(_process: int) -> Any:
    return _saxon().PySaxonProcessor(license=False)


@cache
def _rules(process: int, syntax: str) -> Any:
    return (
        _processor(process)
        .new_xslt30_processor()
        .compile_stylesheet(stylesheet_file=str(folder() / SCHEMATRONS[syntax]))
    )


def _run(process: int, xml: str, syntax: str) -> list[BrokenRule]:
    try:
        document = _processor(process).parse_xml(xml_text=xml)
        report = _rules(process, syntax).transform_to_string(xdm_node=document)
    except _saxon().PySaxonApiError as problem:
        raise RuntimeError(f"the rules of EN 16931 could not be run: {problem}") from problem
    return [_broken(found) for found in etree.fromstring(report.encode()).iter(f"{_SVRL}failed-assert")]


def _broken(found: Any) -> BrokenRule:
    text = " ".join("".join(found.itertext()).split())
    matched = _RULE.match(text)
    return BrokenRule(matched["rule"], matched["text"]) if matched else BrokenRule(found.get("id", ""), text)
