"""What the documents point at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("demo/*.md")])
LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_house_leads_somewhere(page):
    missing = [target for target, _ in LINK.findall(page.read_text()) if not (page.parent / target).exists()]

    assert missing == []


def test_every_page_of_the_docs_can_be_found_from_the_readme():
    told = (ROOT / "README.md").read_text()

    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in told] == []
