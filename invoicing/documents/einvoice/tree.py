"""Writing XML in the order that a schema wants: elements by prefix and name, and none where there is nothing to say."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree
from lxml.etree import _Element as Element  # there is no public name for the type of what it makes

__all__ = ["Element", "Tree"]


class Tree:
    """A document under construction. Names are written as `ram:Name`."""

    def __init__(self, root: str, namespaces: Mapping[str | None, str]) -> None:
        self._uris = {prefix or "": uri for prefix, uri in namespaces.items()}
        self._names: dict[str, str] = {}
        self.root = etree.Element(self._full(root), nsmap=dict(namespaces))

    def add(self, parent: Element, name: str) -> Element:
        """An element that others go into."""
        return etree.SubElement(parent, self._full(name))

    def put(self, parent: Element, name: str, text: str, **attributes: str) -> None:
        """An element with a text; a path such as `ram:A/ram:B` puts it into new elements. None without a text."""
        if not text:
            return
        *outer, last = name.split("/")
        for one in outer:
            parent = self.add(parent, one)
        etree.SubElement(parent, self._full(last), attributes).text = text

    def to_bytes(self) -> bytes:
        """The document in UTF-8."""
        return etree.tostring(self.root, encoding="UTF-8", xml_declaration=True)

    def _full(self, name: str) -> str:
        if name not in self._names:
            prefix, _, local = name.rpartition(":")
            self._names[name] = f"{{{self._uris[prefix]}}}{local}"
        return self._names[name]
