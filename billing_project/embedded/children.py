"""Children that do not outlive their parent, and that are not root where the parent is."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import STEP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """Who a service runs as. Only root has a choice."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether running as this account means to change the user."""
        return self.uid != os.geteuid()


def service_account(home: Path) -> Account:
    """Who runs PostgreSQL and Redis over `home`: this user; for root the folder's owner, or nobody.

    PostgreSQL refuses to run as root. Raises StartError where the system has no such account.
    """
    if os.geteuid() != 0:
        return _with_a_name(Account(os.geteuid(), os.getegid()))
    if home.exists() and home.stat().st_uid != 0:
        return _with_a_name(Account(home.stat().st_uid, home.stat().st_gid))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise StartError("This system has no user 'nobody' to run PostgreSQL as; start as an ordinary user.") from error
    return Account(nobody.pw_uid, nobody.pw_gid)


def _with_a_name(account: Account) -> Account:
    """PostgreSQL looks its user up and does not run as a bare number."""
    try:
        pwd.getpwuid(account.uid)
    except KeyError as error:
        raise StartError(
            f"User {account.uid} has no name on this system, which PostgreSQL needs; start as a user who has one."
        ) from error
    return account


def dies_with_parent(at_death: signal.Signals) -> Callable[[], None]:
    """A hook for the new child: ask the kernel for `at_death` when this process dies.

    It runs after the change of user, which would clear the request.
    """
    parent = os.getpid()

    def ask() -> None:
        if LIBC is not None:
            LIBC.prctl(SET_PARENT_DEATH_SIGNAL, int(at_death), 0, 0, 0)
            if os.getppid() != parent:  # it died before the request was made
                os.kill(os.getpid(), at_death)

    return ask


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    account: Account | None = None,
    at_death: signal.Signals = signal.SIGTERM,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    own_session: bool = True,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child that gets `at_death` when this process dies.

    The folder is entered before the user changes, so that `cwd` may lie where that user could not walk to. A session
    of its own keeps the terminal's Ctrl-C away: the parent decides in which order its children stop.
    """
    other = account if account is not None and account.is_other else None
    try:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=own_session,
            pass_fds=tuple(pass_fds),
            preexec_fn=dies_with_parent(at_death),  # noqa: PLW1509 - started from single-threaded launchers only
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=[] if other else None,
        )
    except PermissionError as error:
        raise StartError(f"{command[0]} cannot be run here ({error.strerror}); start as an ordinary user.") from error


def stop(child: subprocess.Popen[bytes], *, with_signal: signal.Signals, within: float) -> None:
    """Ask the child to stop, wait `within` seconds, then kill its whole session. Returns when it is gone."""
    if child.poll() is None:
        child.send_signal(with_signal)
    try:
        child.wait(timeout=within)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    kill_group(child.pid)


def kill_group(leader: int) -> None:
    """Kill what is left of a session whose leader is gone. Nothing left is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def wait_until(is_so: Callable[[], bool], *, within: float) -> bool:
    """Look until it is so, at most `within` seconds; says whether it became so."""
    give_up = time.monotonic() + within
    while not is_so():
        if time.monotonic() > give_up:
            return False
        time.sleep(STEP_SECONDS)
    return True
