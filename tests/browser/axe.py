"""axe-core in a page: what it finds that keeps people out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_FILE_PATH  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
# Preloading would fetch all style sheets once more, for rules that only warn.
RUN = """async ([rules, without]) => (await axe.run({exclude: without}, {
    resultTypes: ["violations"], elementRef: false, preload: false,
    ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {})})).violations.map(
    found => ({id: found.id, impact: found.impact, nodes: found.nodes.map(
        node => [node.target.join(" "), node.html.slice(0, 160), node.any.map(one => one.message).join("; ")])}))"""
# The rules that a theme can break; all others look at the structure, which themes share.
COLOURS = ("color-contrast", "link-in-text-block")
# The links at the side are the same on every page, and more than most pages have themselves.
SIDE = "#nav-sidebar-apps"


def bring(page: Page) -> None:
    """Have axe-core in every page that is opened from now on."""
    page.add_init_script(path=AXE_FILE_PATH)


def findings(page: Page, *rules: str, side: bool = False) -> list[str]:
    """Serious and critical findings of all rules, or of these, as "rule: element: why"; `side`: in the sidebar, too."""
    found: list[dict[str, Any]] = page.evaluate(RUN, [list(rules), [] if side else [SIDE]])
    return [
        f"{one['id']}: {target}: {html} {why}"
        for one in found
        if one["impact"] in GRAVE
        for target, html, why in one["nodes"]
    ]
