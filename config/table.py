"""The table of settings in docs/settings.md, made from their declarations: python -m config.table writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from config.declaration import declared
from config.deployment import Deployment
from config.plan import BillingSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"
BEGIN, END = "<!-- begin of the generated table -->", "<!-- end of the generated table -->"


def table() -> str:
    """Return the Markdown table of every setting, with default, what is allowed and what it means."""
    lines = ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    for cls in (Deployment, BillingSettings):
        lines += _rows(cls)
    return "\n".join(lines)


def document(text: str) -> str:
    """Return the document with its table replaced. Raises ValueError where the marks are missing."""
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _rows(cls: type[DataclassInstance]) -> list[str]:
    rows = []
    for _, spec in declared(cls):
        default = f"`{spec.default}`" if spec.default else "not set"
        if spec.local is not None:
            default += f"; outside production `{spec.local}`"
        rows.append(f"| `{spec.name}` | {_cell(default)} | {_cell(spec.kind.allowed)} | {_cell(spec.help)} |")
    return rows


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
