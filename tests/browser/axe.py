"""axe-core in a page: what it finds that keeps people out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_FILE_PATH  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"], elementRef: false})).violations.map(
    found => ({id: found.id, impact: found.impact, nodes: found.nodes.map(
        node => [node.target.join(" "), node.html.slice(0, 160), node.any.map(one => one.message).join("; ")])}))"""
SOURCE = AXE_FILE_PATH.read_text(encoding="utf-8")


def findings(page: Page) -> list[str]:
    """Serious and critical findings as "rule: element: why"."""
    page.evaluate(SOURCE)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{one['id']}: {target}: {html} {why}"
        for one in found
        if one["impact"] in GRAVE
        for target, html, why in one["nodes"]
    ]
