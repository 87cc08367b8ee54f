"""What axe-core does not look at: the way by keyboard, one heading, and no scrolling sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Every kind of thing that can be used is given the focus as Tab would, and must then look different.
FOCUS = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
    const look = one => { const style = getComputedStyle(one); return [style.outlineStyle, style.outlineWidth,
        style.outlineColor, style.boxShadow, style.borderColor, style.backgroundColor].join(); };
    const around = one => [one, one.parentElement, one.nextElementSibling].filter(Boolean).map(look).join();
    const there = one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && !one.closest("[inert]");
    const told = one => one.outerHTML.replace(/\\s+/g, " ").slice(0, 160);
    const used = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
    const kinds = new Set(), found = [];
    for (const one of document.querySelectorAll(used)) {
        const kind = `${one.tagName} ${one.type} ${one.className}`;
        if (!there(one)) continue;
        const searched = one.closest(".select2, .select2-hidden-accessible");
        if (one.tabIndex < 0 && !searched) found.push(`not reached by Tab: ${told(one)}`);
        if (one.tabIndex < 0 || kinds.has(kind)) continue;
        kinds.add(kind);
        document.activeElement.blur();
        const before = around(one);
        one.focus();
        if (document.activeElement !== one) found.push(`cannot have the focus: ${told(one)}`);
        else if (around(one) === before) found.push(`does not show the focus: ${told(one)}`);
    }
    const clicked = [...document.querySelectorAll("[x-on\\\\:click], [onclick]")].filter(
        one => there(one) && !one.matches(used) && !one.querySelector(used) && !one.closest(used));
    found.push(...clicked.map(one => `only for a mouse: ${told(one)}`));
    document.activeElement.blur();
    return found;
}"""
HEADINGS = "[...document.querySelectorAll('h1')].filter(one => one.checkVisibility()).length"
# How many pixels the page, or a panel in it, must be moved sideways to be read.
WIDER = """() => [document.documentElement, ...document.querySelectorAll(".desk-panel")].map(
    one => [one.querySelector(":scope > h2")?.textContent.trim() ?? "", one.scrollWidth - one.clientWidth]).filter(
    ([_, over]) => over > 1).map(([what, over]) => `${what} is ${over} px wider than the window`)"""


def out_of_reach(page: Page) -> list[str]:
    """What cannot be used by keyboard, or does not show that it has the focus."""
    page.keyboard.press("Tab")  # the browser shows the focus to those who use the keyboard
    found: list[str] = page.evaluate(FOCUS)
    return found


def headings(page: Page) -> list[str]:
    """Every page has one heading of the first order."""
    number = page.evaluate(HEADINGS)
    return [] if number == 1 else [f"{number} headings h1"]


def too_wide(page: Page) -> list[str]:
    """What is cut off, so that somebody must scroll sideways."""
    found: list[str] = page.evaluate(WIDER)
    return found
