"""The bootstrap: what it was asked for, when it installs again, and what it says when a piece is missing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from billing_project.embedded import testing
from billing_project.embedded.demo import demo_environment
from billing_project.embedded.folder import DataFolder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for name in ("base.txt", "dev.txt"):
        (tmp_path / "requirements" / name).write_text(name)
    for name, path in (("ROOT", tmp_path), ("VENV", tmp_path / ".venv")):
        monkeypatch.setattr(module, name, path)
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed.json")
    return module


@pytest.fixture
def installs(run, monkeypatch):
    """What was installed; the environment that it leaves looks whole."""
    done = []

    def install(requirements, *, fresh):
        done.append((requirements.name, fresh))
        run.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        run.PYTHON.touch()

    monkeypatch.setattr(run, "install", install)
    return done


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["demo"], ([], "demo", [])),
        (["demo", "--once"], ([], "demo", ["--once"])),
        (["--data", "/d", "up"], (["--data", "/d"], "up", [])),
        (["--data=/d", "up"], (["--data", "/d"], "up", [])),
        (["manage", "check", "--data", "x"], ([], "manage", ["check", "--data", "x"])),
        (["test", "-k", "any"], ([], "test", ["-k", "any"])),
    ],
)
def test_the_words_are_understood(run, words, expected):
    assert run.split(words) == expected


@pytest.mark.parametrize("words", [[], ["serve"], ["up", "now"], ["demo", "--twice"], ["manage"], ["--data", "/d"]])
def test_other_words_get_the_usage(run, words):
    with pytest.raises(run.SetupError, match=r"^usage: "):
        run.split(words)


def test_a_second_start_installs_nothing(run, installs):
    run.prepare("base.txt")
    run.prepare("base.txt")

    assert installs == [("base.txt", True)]


def test_the_tests_packages_come_on_top_and_do_not_undo_the_first(run, installs):
    run.prepare("base.txt")
    run.prepare("dev.txt")
    run.prepare("base.txt")

    assert installs == [("base.txt", True), ("dev.txt", False)]


def test_changed_requirements_are_installed_again(run, installs):
    run.prepare("base.txt")
    (run.ROOT / "requirements" / "base.txt").write_text("newer")
    run.prepare("base.txt")

    assert [name for name, _ in installs] == ["base.txt", "base.txt"]


def test_no_venv_and_no_uv_is_said_in_one_sentence(run, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(run.SetupError, match="neither the venv module nor uv; install one of them"):
        run.install(run.ROOT / "requirements" / "base.txt", fresh=True)


def test_packages_that_cannot_be_had_are_said_in_one_sentence(run, monkeypatch):
    monkeypatch.setattr(run, "with_uv", lambda requirements, fresh: "no route to host")
    monkeypatch.setattr(run, "with_pip", lambda requirements, fresh: "no route to host")

    with pytest.raises(run.SetupError, match=r"could not be installed \(no route to host\); check the connection"):
        run.install(run.ROOT / "requirements" / "base.txt", fresh=True)


def test_the_index_may_be_chosen_and_the_target_may_not(run, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")

    assert run.environment()["PIP_INDEX_URL"] == "https://packages.example/simple"
    assert "PIP_TARGET" not in run.environment()


def test_the_bootstrap_needs_the_standard_library_alone():
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "run.py"), "--help"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    assert done.stdout.startswith("usage: run.py")


def test_the_demo_never_reaches_what_the_machine_is_set_up_for():
    given = {
        "DATABASE_URL": "postgresql://live", "DATABASE_OWNER_URL": "postgresql://live", "REDIS_URL": "redis://live",
        "STRIPE_SECRET_KEY": "sk_live_x", "EMAIL_URL": "smtp+tls://live", "APP_ENV": "production", "PATH": "/bin",
    }  # fmt: skip

    seen = demo_environment(given)

    assert not any("live" in value for value in seen.values())
    assert (seen["APP_ENV"], seen["PATH"], seen["BILLING_DELAY_MINUTES"]) == ("local", "/bin", "0")


def test_tests_run_in_parallel_and_what_must_run_alone_comes_after():
    assert testing.parts(["-q"]) == [
        ["-q", "-n", "2", "--dist", "worksteal", "-m", "not serial and not browser and not full"],
        ["-q", "-m", "serial and not browser and not full"],
    ]


@pytest.mark.parametrize("chosen", [["-k", "tax"], ["-m", "serial"], ["tests/rating"], ["tests/a.py::b"], ["-n0"]])
def test_chosen_tests_run_as_they_were_chosen(chosen):
    assert testing.parts(chosen) == [chosen]


def test_coverage_of_the_second_part_is_added_to_the_first():
    assert testing.parts(["--cov"])[1] == [
        "--cov",
        "--cov-append",
        "-m",
        "serial and not browser and not full",
    ]


def test_the_data_of_a_test_run_is_in_memory_where_there_is_room_and_gone_after_it(tmp_path, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(testing, "MEMORY", tmp_path)
    monkeypatch.setattr(testing, "ROOM", 0)
    with testing.throw_away() as folder:
        assert folder.path.parent == tmp_path
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setenv("TMPDIR", str(tmp_path / "elsewhere"))
    assert testing.place() is None
    monkeypatch.delenv("TMPDIR")
    monkeypatch.setattr(testing, "ROOM", 1 << 60)
    assert testing.place() is None


def test_what_a_killed_run_left_in_memory_is_removed_an_hour_later_unless_it_is_in_use(tmp_path, monkeypatch):
    monkeypatch.setattr(testing, "MEMORY", tmp_path)
    old, used, young = folders = [DataFolder.open(tmp_path / f"billing-test-{name}") for name in ("a", "b", "c")]
    lock = used.lock("keeper")
    assert lock.alone()
    for folder in folders[:2]:
        os.utime(folder.path, (0, 0))

    with testing.throw_away():
        assert [folder.path.exists() for folder in (old, used, young)] == [False, True, True]
    lock.close()


def test_what_the_environment_holds_is_left_as_it_is(run):
    assert set(run.environment()) <= set(os.environ)
