"""The core is pure: nothing but the standard library, no clock and no float."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import rating

MODULES = sorted(Path(rating.__file__).parent.rglob("*.py"))
CLOCKS = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter"}
INEXACT = {"float", "complex", "round"}


def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def floats(tree: list[ast.AST]) -> list[ast.AST]:
    return [
        node
        for node in tree
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id in INEXACT)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_P9_there_is_no_float_in_the_core(path):
    assert floats(nodes(path)) == []


def test_P9_a_float_in_the_core_would_be_found():
    assert len(floats(list(ast.walk(ast.parse("float('1') + 0.5 + round(1)"))))) == 3


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_core_imports_the_standard_library_alone(path):
    imported = {alias.name for node in nodes(path) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes(path) if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names | {"rating"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_core_reads_no_clock(path):
    read = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}

    assert not read & CLOCKS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_true_division_is_never_used(path):
    assert not [node for node in nodes(path) if isinstance(node, ast.Div)]
