"""What stops a start, said in one sentence that tells a person what to do."""

from __future__ import annotations


class StartError(Exception):
    """A missing or broken piece of this machine; the text is one sentence for the person at the keyboard."""


class AlreadyServed(StartError):  # noqa: N818 - no error where a second start attaches
    """Another start serves this data folder."""
