"""The units of systemd run what the containers run."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
UNITS = sorted((ROOT / "systemd").glob("*.service"))
# What differs for a reason: who may reach the web server, and where beat keeps what it has done.
OWN_PLACES = {"127.0.0.1:8000": "0.0.0.0:8000", "/var/lib/ticket-billing/schedule": "/beat/schedule"}


def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def unit(path):
    told = configparser.RawConfigParser(strict=False)
    told.optionxform = str  # type: ignore[method-assign, assignment]  # as its documentation says
    told.read_string(path.read_text())
    return told["Service"]


def test_each_process_has_a_unit():
    ours = {name for name, service in services().items() if "PROCESS" in service["environment"]}

    assert {path.stem.removeprefix("ticket-billing-") for path in UNITS} == ours


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_the_command_of_its_container_and_starts_again_whatever_ends_it(path):
    service, told = services()[path.stem.removeprefix("ticket-billing-")], unit(path)
    program, *arguments = shlex.split(told["ExecStart"].replace("%%", "%"))

    assert program == "/opt/ticket-billing/.venv/bin/python"
    assert ["python", *(OWN_PLACES.get(argument, argument) for argument in arguments)] == service["command"]
    assert f"PROCESS={service['environment']['PROCESS']}" in told["Environment"].split()
    assert (told["Restart"], told["KillMode"], told["User"]) == ("always", "mixed", "billing")
    assert f"{told['TimeoutStopSec']}s" == service["stop_grace_period"]


def test_nobody_can_claim_to_have_come_by_tls():
    proxy = (ROOT / "systemd" / "nginx.conf").read_text()

    assert re.search(r"proxy_set_header X-Forwarded-Proto https;", proxy)
    assert re.search(r"proxy_pass http://127\.0\.0\.1:8000;", proxy)
