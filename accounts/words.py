"""Words of texts, as the database indexes them and as people type them: searched from their beginnings."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Func, Q, TextField, Value

# PostgreSQL would keep what these join as one word: mail.example.com, left-over, a@b.c.
_JOINING: Final = "-_./@:+~=&?#<>\\"
_BLANKS: Final = " " * len(_JOINING)
_LONGEST: Final = 4000  # characters; far longer texts cannot be indexed at all
_WORD: Final = re.compile(r"[^\W_]+")
MOST_WORDS: Final = 8


class Lexemes(Func):
    """The words of one or several columns of text that are never null, in small letters, of no language."""

    function = "to_tsvector"
    arg_joiner = " || ' ' || "
    template = f"to_tsvector('simple', translate(left(%(expressions)s, {_LONGEST}), '{_JOINING}', '{_BLANKS}'))"
    output_field = SearchVectorField()


class Words(Func):
    """Whether each word that was typed begins one of the lexemes."""

    arg_joiner = " @@ "
    template = "%(expressions)s"
    output_field = BooleanField()

    def __init__(self, lexemes: Lexemes, typed: str, **extra: Any) -> None:
        asked = " & ".join(f"'{word}':*" for word in words_in(typed))
        query = Func(Value(asked, TextField()), template="to_tsquery('simple', %(expressions)s)")
        super().__init__(lexemes, query, **extra)


def words_in(typed: str) -> list[str]:
    """Letters and digits that stand together, without what stands between them; the first eight."""
    return _WORD.findall(typed)[:MOST_WORDS]


def word_index(*columns: str, name: str, condition: Q | None = None) -> GinIndex:
    """The index that searching by words of these columns reads. What is written since waits in half a megabyte."""
    return GinIndex(Lexemes(*columns), name=name, condition=condition, gin_pending_list_limit=512)
