#!/usr/bin/env python3
"""Sets everything up and runs it: `python3 run.py demo`, `up`, `test` or `manage COMMAND`.

Needs Python 3.11 or newer and a package index, nothing else. Only this file's own module is imported before the
packages are there, so it uses the standard library alone.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said in words, also to a Python that could not read newer code
    sys.exit(f"This needs Python 3.11 or newer, not {sys.version.split()[0]}; start it with a newer python3.")

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
USAGE = """usage: run.py [--data DIR] VERB

  demo [--once]         show the main job on made-up data; --once ends when the invoices are printed
  up                    serve until Ctrl-C
  test [ARGUMENTS]      run the tests; arguments go to pytest
  manage COMMAND ...    run a management command

--data DIR is the folder that keeps the data (default: var, and var/demo for the demo)."""
# Options for people's own packages that would send ours elsewhere.
MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME", "PYTHONPATH", "UV_TARGET")


class SetupError(Exception):
    """What is missing, in one sentence that says what to do."""


@contextlib.contextmanager
def only_one_setup() -> Iterator[None]:
    """Two starts in one clone take turns. The folder itself is the lock: it is there, and needs no clearing up."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def wanted(requirements: Path) -> str:
    """Changes whenever the packages have to be installed again."""
    mark = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for path in sorted({requirements, ROOT / "requirements" / "base.txt"}):
        mark.update(path.read_bytes())
    return mark.hexdigest()


def installed() -> dict[str, str]:
    """What earlier setups finished, by requirements file; empty when the environment is not whole."""
    if not PYTHON.exists():
        return {}
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def prepare(name: str) -> None:
    """Make .venv hold what requirements/NAME locks. Raises SetupError."""
    requirements = ROOT / "requirements" / name
    with only_one_setup():
        stamp = wanted(requirements)
        known = installed()
        if known.get(name) == stamp:
            return
        say(f"Setting up the packages of {requirements.relative_to(ROOT)} in .venv (once) ...")
        base_is_current = known.get("base.txt") == wanted(ROOT / "requirements" / "base.txt")
        install(requirements, fresh=not (base_is_current or name in known))
        STAMP.write_text(json.dumps({**installed(), name: stamp}))


def install(requirements: Path, *, fresh: bool) -> None:
    """With uv where there is one, else (or if uv finds no index) with venv and pip. Raises SetupError."""
    ways = [with_uv] if shutil.which("uv") else []
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        ways.append(with_pip)
    if not ways:
        raise SetupError(
            "This Python has neither the venv module nor uv; install one of them "
            "(Debian and Ubuntu: apt install python3-venv) and start again."
        )
    said = ""
    for way in ways:
        said = way(requirements, fresh=fresh)
        if not said:
            return
        fresh = True
    raise SetupError(f"The packages could not be installed ({said}); check the connection to the package index.")


def with_uv(requirements: Path, *, fresh: bool) -> str:
    """Install; returns what went wrong, or nothing."""
    if fresh:
        shutil.rmtree(VENV, ignore_errors=True)
        said = attempt(["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)])
        if said:
            return said
    return attempt(
        ["uv", "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes", "-r", str(requirements)]
    )


def with_pip(requirements: Path, *, fresh: bool) -> str:
    """Install; returns what went wrong, or nothing."""
    if fresh:
        said = attempt([sys.executable, "-m", "venv", "--clear", str(VENV)])
        if said:
            return said
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    return attempt([*pip, "--require-hashes", "-r", str(requirements)])


def attempt(command: list[str]) -> str:
    """Run it and return its last word if it failed. What it prints in between is for nobody, unless it fails."""
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(), check=False
        )
        if done.returncode == 0:
            return ""
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
    for line in lines[-20:]:
        say(line)
    return lines[-1].strip() if lines else f"{Path(command[0]).name} ended with {done.returncode}"


def environment() -> dict[str, str]:
    """This process's environment without what would send packages elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def say(line: str) -> None:
    """Standard output belongs to the command that was asked for."""
    print(line, file=sys.stderr, flush=True)


def split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    """The data option as it was given, the verb, and the rest. Raises SetupError with the usage."""
    data: list[str] = []
    rest = list(arguments)
    if rest and rest[0].startswith("--data="):
        rest[:1] = ["--data", rest[0].removeprefix("--data=")]
    if len(rest) > 1 and rest[0] == "--data":
        data, rest = ["--data", str(Path(rest[1]).absolute())], rest[2:]
    known = {"demo": not set(rest[1:]) - {"--once"}, "up": len(rest) == 1, "test": True, "manage": len(rest) > 1}
    if not rest or not known.get(rest[0]):
        raise SetupError(USAGE)
    return data, rest[0], rest[1:]


def main() -> None:
    """Set up, then become the command that was asked for."""
    arguments = sys.argv[1:]
    if arguments[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return
    try:
        data, verb, rest = split(arguments)
        prepare("dev.txt" if verb == "test" else "base.txt")
    except SetupError as error:
        say(str(error))
        sys.exit(2 if str(error) == USAGE else 1)
    except OSError as error:
        say(f"{error.filename or ROOT} cannot be used ({error.strerror}); put the product where this user may write.")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    command = [str(PYTHON), "-m", "billing_project.embedded", *data, verb, *rest]
    os.execve(PYTHON, command, {**environment(), "PYTHONPATH": str(ROOT)})  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    main()
