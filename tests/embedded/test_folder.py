"""The data folder: what makes it unusable is said in one sentence."""

from __future__ import annotations

import stat

import pytest

from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import SECRETS, DataFolder


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "data").write_text("")

    with pytest.raises(StartError, match="is a file; name a folder with --data"):
        DataFolder.open(tmp_path / "data")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StartError, match=r"cannot be the data folder .*; choose another with --data"):
        DataFolder.open(tmp_path / "file" / "data")


def test_a_new_folder_is_closed_to_others(tmp_path):
    folder = DataFolder.open(tmp_path / "deep" / "data")

    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_secrets_are_made_once_and_are_long(tmp_path):
    folder = DataFolder.open(tmp_path)

    made = folder.secrets()

    assert folder.secrets() == made
    assert set(made) == set(SECRETS)
    assert len(set(made.values())) == len(SECRETS)
    assert all(len(secret) >= 50 for secret in made.values())


@pytest.mark.parametrize("content", ["{", "[]", '{"secret_key": 1}', "\0"])
def test_damaged_secrets_are_refused(tmp_path, content):
    folder = DataFolder.open(tmp_path)
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(StartError, match="is damaged; restore it from a backup or choose another --data"):
        folder.secrets()


def test_secrets_are_not_made_anew_for_a_database_that_has_others(tmp_path):
    folder = DataFolder.open(tmp_path)
    (tmp_path / "postgres" / "data").mkdir(parents=True)

    with pytest.raises(StartError, match="is missing; put it back"):
        folder.secrets()


def test_a_lock_is_held_by_one(tmp_path):
    folder = DataFolder.open(tmp_path)
    first, second = folder.lock("any"), folder.lock("any")

    assert first.alone()
    assert not second.alone()
    assert folder.is_held("any")
    first.close()
    assert not folder.is_held("any")
    assert second.alone()
    second.close()


def test_a_large_log_is_put_aside_and_its_last_words_are_found(tmp_path):
    folder = DataFolder.open(tmp_path)
    folder.log("any").write_bytes(b"FATAL: long ago\n" + b"x" * 10_000_001)

    size = folder.begin_log("any")
    folder.log("any").write_text("starting\nFATAL: no room\nbye\n")

    assert size == 0
    assert folder.last_words("any", size) == "FATAL: no room"
    assert (tmp_path / "log" / "any.log.1").exists()
