// What the theme leaves out for people who do not see the page, or do not use a mouse.

// A field that is searched in has no name of its own while nothing is chosen: its label names it.
function nameSearchedFields() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = select.labels[0]?.textContent.trim() || select.getAttribute("aria-label");
    const shown = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
    for (const part of label ? shown : []) part.setAttribute("aria-label", label);
  }
}

// What has only an icon for a name: the way home, the search, the menu.
const ICON = ".material-symbols-outlined";
const german = document.documentElement.lang.startsWith("de");
const site = () => document.title.split("|").pop().trim();
const names = [
  ["a:has(> .material-symbols-outlined:only-child)", site],
  ["#searchbar-submit", () => document.getElementById("searchbar")?.placeholder || site()],
  [`${ICON}[role=button]`, () => (german ? "Menü" : "Menu")],
  ["[role=button]:has(> .material-symbols-outlined:only-child)", () => (german ? "Anzeige" : "Display")],
];

function nameIcons() {
  for (const [which, name] of names) {
    for (const one of document.querySelectorAll(which)) {
      const words = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      const isNamed = one.getAttribute("aria-label") || one.title || (words && !one.matches(ICON));
      if (!isNamed) one.setAttribute("aria-label", name());
    }
  }
  // The name of an icon is a word for the font; nobody should have it read aloud.
  for (const icon of document.querySelectorAll(`${ICON}:not([role=button])`)) icon.setAttribute("aria-hidden", "true");
}

// The theme's own buttons (menu, person, filters) are no buttons to a keyboard: they are made ones.
function pressWithKeys() {
  for (const one of document.querySelectorAll(":is(a:not([href]), span, div)[x-on\\:click*=' = ']")) {
    if (one.id === "changelist-filter-close" || /openModal/.test(one.getAttribute("x-on:click"))) continue;
    one.setAttribute("role", "button");
    one.tabIndex = 0;
    one.addEventListener("keydown", (event) => {
      if (event.target !== one || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      one.click();
      const sheet = one.getAttribute("x-on:click").includes("filterOpen") && document.getElementById("changelist-filter");
      if (sheet) setTimeout(() => sheet.querySelector("a[href], input, select, button")?.focus(), 100);
    });
  }
}

document.addEventListener("DOMContentLoaded", () => {
  pressWithKeys();
  nameIcons();
  nameSearchedFields();
  // The browser gave up on it while the theme was still hiding things.
  if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
  new MutationObserver(nameSearchedFields).observe(document.body, { childList: true, subtree: true });
});
