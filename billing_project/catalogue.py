"""The German catalogue: every text that pages show, collected from where it stands, and its translation.

`locale/de/LC_MESSAGES/django.po` is what people edit, `django.mo` beside it what the product reads.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Final, TypeAlias

import django
import unfold
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from accounts.desk.refusals import CONTEXT
from accounts.language import TEXTS, own_apps
from billing_project.refusals import refusals
from config.declaration import NONE
from config.environment import FROM_DEFAULT, FROM_DOTENV, FROM_ENVIRONMENT
from config.overrides import DECLARED
from config.report import FROM_CODE, STORED
from invoicing.admin.settings_in_words import CONTEXT as SETTING
from office.navigation import SIDEBAR
from rating.registry import STRATEGIES
from tickets.plan import CHARGE, COVERED, HOLD, SKIP
from tickets.reasons import SENTENCES
from tickets.run import COUNTED

Id: TypeAlias = str | tuple[str, ...]

FOLDER: Final = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES"
PO, MO = FOLDER / "django.po", FOLDER / "django.mo"
MARKS: Final = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
THEME: Final = Path(unfold.__file__).parent
# The day of a file is that of its last change, which its history knows.
NO_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Where the value of a setting comes from, and what stands for no value.
SOURCES: Final = {FROM_ENVIRONMENT, FROM_DOTENV, FROM_DEFAULT, FROM_CODE, STORED, NONE, "not set"}
_PLACES: Final = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}|%%")


def wanted() -> Catalog:
    """Every text of the product, without translations. Raises ValueError where one text has two plurals."""
    found = Catalog(locale="de", project="ticket-billing", fuzzy=False, creation_date=NO_DAY, revision_date=NO_DAY)
    said = ((text, CONTEXT, place) for text, place in refusals())
    for text, context, place in (*_marked(), *_of_data(), *_of_theme(), *said):
        known = found.get(text[0] if isinstance(text, tuple) else text, context)
        if known and isinstance(known.id, tuple) and isinstance(text, tuple) and known.id != text:
            raise ValueError(f"{place}: {text[0]!r} has another plural elsewhere; give it another name for its number")
        found.add(text, locations=[(place, 0)], context=context)
    return found


def kept() -> Catalog:
    """The catalogue as it is kept."""
    if not PO.is_file():
        return Catalog(locale="de")
    with PO.open("rb") as file:
        return read_po(file, locale="de")


def merged() -> Catalog:
    """Every text of the product with its translation, where there is one."""
    old, new = kept(), wanted()
    for message in new:
        if message.id and (known := old.get(message.id, message.context)) and _forms(known) == _forms(message):
            message.string = known.string
    return new


def problems() -> list[str]:
    """What is wrong with the catalogue as it is kept, a sentence each; none is how it must be."""
    old, new = kept(), wanted()
    told = [f"not translated: {one.id!r}" for one in merged() if one.id and not all(_strings(one))]
    told += [f"nothing says this any more: {one.id!r}" for one in old if one.id and not new.get(one.id, one.context)]
    told += [f"marked as uncertain: {one.id!r}" for one in old if one.id and one.fuzzy]
    told += [f"other places to fill in: {one.id!r}" for one in old if one.id and all(_strings(one)) and not _fits(one)]
    if not MO.is_file() or MO.read_bytes() != compiled(old):
        told.append("django.mo is not what django.po says")
    return told


def write() -> None:
    """Bring the catalogue up to date: new texts without a translation, gone ones gone, and what the product reads."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    catalogue = merged()
    with PO.open("wb") as file:
        write_po(file, catalogue, width=120, sort_by_file=True, include_lineno=False, omit_header=False)
    MO.write_bytes(compiled(kept()))


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as the product reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _marked() -> Iterator[tuple[Id, str | None, str]]:
    """Texts that stand marked in modules and templates: text, context and place."""
    for app in own_apps():
        for path in _files(Path(app.path)):
            place = str(path.relative_to(settings.BASE_DIR))
            yield from ((text, context, place) for text, context in _marked_in(path))


def _of_theme() -> Iterator[tuple[Id, str | None, str]]:
    """Texts of the theme, which brings no German, where Django does not have them either."""
    known = _of_django()
    for folder in (THEME, THEME / "contrib" / "filters"):
        for path in _files(folder):
            if path.is_relative_to(THEME / "contrib") and folder == THEME:
                continue
            for text, context in _marked_in(path):
                if isinstance(text, str) and known.gettext(text) == text:
                    yield text, context, "unfold"


def _of_django() -> NullTranslations:
    """Django's own German for the admin."""
    folder = Path(django.__file__).parent
    found = translation("django", folder / "conf" / "locale", ["de"])
    for app in ("admin", "auth"):
        found.add_fallback(translation("django", folder / "contrib" / app / "locale", ["de"]))
    return found


def _marked_in(path: Path) -> Iterator[tuple[Id, str | None]]:
    source = path.read_text()
    if path.suffix == ".html":
        # Blocks of templates are no blocks of Python.
        source = "\n".join(map(str.strip, templatize(source).splitlines())) if "i18n" in source else ""
    elif "gettext" not in source:
        return
    for _line, text, _comments, context in extract("python", io.BytesIO(source.encode()), MARKS):
        yield text, context


def _files(folder: Path) -> list[Path]:
    return sorted((*folder.rglob("*.py"), *(folder / "templates").rglob("*.html")))


def _of_data() -> Iterator[tuple[Id, str | None, str]]:
    """Texts that stand in tables: those of models, the sidebar and settings, stored words, why nothing is charged."""
    titles = [title for title, _entries in SIDEBAR]
    titles += [entry[0] for _title, entries in SIDEBAR for entry in entries]
    reasons = [code.replace("_", " ") for code in SENTENCES]
    helps = [spec.help for _path, spec in DECLARED.values()]
    codes = [*STRATEGIES, CHARGE, COVERED, HOLD, SKIP, *COUNTED.values()]
    values = {word for _path, spec in DECLARED.values() for word in spec.kind.options} - {""} | SOURCES
    yield from ((value.replace("_", " "), SETTING, "config/plan.py") for value in sorted(values))
    yield from _at(titles, "office/navigation.py")
    yield from _at((code.replace("_", " ") for code in codes), "rating/registry.py")
    yield from _at(reasons, "tickets/reasons.py")
    yield from _at(helps, "config/plan.py")
    yield from ((text, None, place) for text, place in TEXTS.items())


def _at(texts: Iterable[str], place: str) -> Iterator[tuple[Id, str | None, str]]:
    return ((text, None, place) for text in texts)


def _forms(message: Message) -> int:
    return len(message.id) if isinstance(message.id, tuple) else 1


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)


def _fits(message: Message) -> bool:
    """Whether the translation has the places of the text; one thing may be counted without its number."""
    texts = [message.id] if isinstance(message.id, str) else message.id
    ours, theirs = [_places(text) for text in texts], [_places(text) for text in _strings(message)]
    return ours[-1] == theirs[-1] and theirs[0] <= ours[-1] and (len(ours) == 1 or ours[0] <= theirs[0])


def _places(text: str) -> set[str]:
    return {match[0] for match in _PLACES.finditer(text)}
