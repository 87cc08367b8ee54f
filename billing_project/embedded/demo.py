"""`demo`: the main job on made-up data, from import to invoice, on a data folder of its own."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

from billing_project.embedded import children, up
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.demo_stripe import free_port, stripe_environment, stripe_process
from billing_project.embedded.errors import AlreadyServed, StartError
from billing_project.embedded.session import services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing_project.embedded.folder import DataFolder
    from billing_project.embedded.supervisor import Supervisor

USER = "demo"
PASSWORD_VARIABLE = "DEMO_PASSWORD"  # noqa: S105 - the name of a variable; a password among arguments could be seen
INVOICE_SECONDS = PAID_SECONDS = 60
GATEWAY_MONTH = "2026-10"
ATTACH_SECONDS = 180.0
MANAGE = str(ROOT / "manage.py")
# What the demo must never reach, whatever this machine's environment says, and what makes it quick.
OWN_ENVIRONMENT = {
    "APP_ENV": "local", "DEBUG": "false", "BILLING_DELAY_MINUTES": "0", "AUTO_BILL_ON_CLOSE": "true",
    "TICKET_BILLING_ENABLED": "true", "EMAIL_URL": "consolemail://",
}  # fmt: skip
FOREIGN = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS",
    "STRIPE_API_BASE",
)  # fmt: skip


def demo_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment without the addresses and keys of real installations, and without the billing delay."""
    return {name: value for name, value in given.items() if name not in FOREIGN} | OWN_ENVIRONMENT


def demo(folder: DataFolder, given: Mapping[str, str], *, once: bool) -> int:
    """The command. Where the demo of this folder runs already, print what it has made and end."""
    stripe_port = free_port()
    given = demo_environment(given) | stripe_environment(stripe_port)

    def show(supervisor: Supervisor, address: str) -> bool:
        _fill(folder, supervisor)
        _run(supervisor, "demo_close")
        _run(supervisor, "aggregate_month", "--month", GATEWAY_MONTH, "--issue")
        _run(supervisor, "demo_pay", "--wait", str(PAID_SECONDS))
        _run(supervisor, "demo_show", "--wait", str(INVOICE_SECONDS))
        _tell(folder, address)
        up.announce(folder, address)
        if once:
            return False
        print("Ctrl-C stops the demo; its data stays.", flush=True)
        return True

    try:
        folder.begin_log("processes")
        with folder.log("processes").open("ab") as log:
            up.serve(folder, given, show, log, lambda address: [stripe_process(folder, stripe_port, address)])
    except AlreadyServed:
        return _attach(folder, given)
    return 0


def _fill(folder: DataFolder, supervisor: Supervisor) -> None:
    """Import once, and make the person who may sign in. A crash in between repeats what was not written down."""
    done = folder.read("demo")
    if "imported" not in done:
        files = [str(path) for path in sorted((ROOT / "demo").glob("*.jsonl"))]
        if not files:
            raise StartError(f"{ROOT / 'demo'} has no data files; fetch the product again.")
        _run(supervisor, "import_records", *files)
        folder.write("demo", done | {"imported": True})
    supervisor.environment = {**supervisor.environment, PASSWORD_VARIABLE: _password(folder)}
    _run(supervisor, "demo_user", USER)


def _password(folder: DataFolder) -> str:
    """The demo user's password: made once, and the same at every start."""
    done = folder.read("demo")
    if "password" not in done:
        done["password"] = secrets.token_urlsafe(12)
        folder.write("demo", done)
    return str(done["password"])


def _run(supervisor: Supervisor, *command: str) -> None:
    """Raises KeyboardInterrupt where somebody ended the demo meanwhile: the step may be half done."""
    code = supervisor.run_beside([MANAGE, *command])
    if supervisor.ending:
        raise KeyboardInterrupt
    if code != 0:
        raise StartError(f"The demo stopped because {command[0]} failed; the lines above say why.")


def _tell(folder: DataFolder, address: str) -> None:
    print(f"\nLook at {address}admin/ and sign in as {USER} with the password {_password(folder)}", flush=True)


def _attach(folder: DataFolder, given: Mapping[str, str]) -> int:
    print("The demo is running already; this is what it has made.", file=sys.stderr, flush=True)
    ready = children.wait_until(
        lambda: "address" in folder.read("up") or not folder.is_held("up"), within=ATTACH_SECONDS
    )
    address = folder.read("up").get("address")
    if not ready or not address:
        raise StartError("The running demo did not get ready; stop it with Ctrl-C and start again.")
    with services(folder, given, app_env="local") as running:
        child = children.start(
            [sys.executable, MANAGE, "demo_show"], cwd=ROOT, env={**given, **running.environment}, own_session=False
        )
        code = child.wait()
    _tell(folder, address)
    return code
