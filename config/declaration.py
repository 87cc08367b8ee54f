"""One declaration per setting. Reading, the table in the docs, show_settings and the fingerprint all use it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from config.environment import FROM_DEFAULT, Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import DataclassInstance

    Declared = TypeVar("Declared", bound=DataclassInstance)

T = TypeVar("T")
MASK = "********"
NONE = "none"  # an empty value counts as "not set", so that emptying a list needs a word
_ECHO = 60


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How texts become values. `parse` raises ValueError saying what is wrong; `show` writes a value as typed.

    `options` are all texts that it takes, where these are few. `number`: a decimal number, which people may type with
    the point of their own language.
    """

    allowed: str
    parse: Callable[[str], T]
    show: Callable[[T], str] = str
    options: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting. `local` is the default outside production, where it differs."""

    name: str
    kind: Kind[Any]
    default: str
    help: str
    local: str | None = None
    mask: Callable[[str], str] | None = None
    decides: bool = False

    def default_text(self, *, production: bool) -> str:
        return self.default if production or self.local is None else self.local

    def shown(self, value: Any) -> str:
        """Return the value as a person would type it; secrets masked."""
        text = self.kind.show(value)
        return self.mask(text) if self.mask and text not in ("", NONE) else text

    def complaint(self, text: str, problem: str) -> str:
        echo = MASK if self.mask else text if len(text) <= _ECHO else f"{text[:_ECHO]}…"
        return f'{self.name} is "{echo}": {problem}; allowed: {self.kind.allowed}.'


def setting(
    name: str,
    kind: Kind[T],
    default: str,
    help: str,  # noqa: A002
    *,
    local: str | None = None,
    mask: Callable[[str], str] | None = None,
    decides: bool = False,
) -> T:
    """Declare a field of a settings class: NAME in the environment, parsed by `kind`, `default` as typed there.

    `decides` marks what can change the outcome of a billing plan. `mask` hides a secret for printing.
    """
    spec = Setting(name, kind, default, help, local, mask, decides)
    return dataclasses.field(default_factory=lambda: kind.parse(default), metadata={"setting": spec})


def group(cls: type[T]) -> T:
    """Declare a field that holds another settings class."""
    return dataclasses.field(default_factory=cls, metadata={"group": cls})


def declared(cls: type[DataclassInstance], above: str = "") -> Iterator[tuple[str, Setting]]:
    """Yield (attribute path, setting) for every setting of the class and its groups, in order of declaration."""
    for field in dataclasses.fields(cls):
        if inner := field.metadata.get("group"):
            yield from declared(inner, f"{above}{field.name}.")
        else:
            yield above + field.name, field.metadata["setting"]


def value_of(settings: DataclassInstance, path: str) -> Any:
    """Return the value at an attribute path such as "seller.name"."""
    return attrgetter(path)(settings)


def read(cls: type[Declared], env: Environment, *, production: bool, problems: list[str]) -> Declared:
    """Build the class from the environment. What is wrong goes to `problems`; its field keeps the default."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        if inner := field.metadata.get("group"):
            values[field.name] = read(inner, env, production=production, problems=problems)
            continue
        spec: Setting = field.metadata["setting"]
        try:
            values[field.name] = parsed(spec, env, production=production)
        except ValueError as problem:
            problems.append(str(problem))
            values[field.name] = spec.kind.parse(spec.default_text(production=production))
    return cls(**values)


def parsed(spec: Setting, env: Environment, *, production: bool) -> Any:
    """Return the value of one setting. Raises ValueError with the whole sentence."""
    try:
        found = env.find(spec.name)
    except ValueError as problem:
        raise ValueError(f"{spec.name}_FILE: {problem}; allowed: {spec.kind.allowed}.") from problem
    if found is None:
        return spec.kind.parse(spec.default_text(production=production))
    try:
        return spec.kind.parse(found.text)
    except ValueError as problem:
        raise ValueError(spec.complaint(found.text, str(problem))) from problem


def origin(spec: Setting, env: Environment) -> str:
    """Say where the value in force was written: environment, .env (or a file named there), or default."""
    found = env.find(spec.name)
    return found.origin if found else FROM_DEFAULT
