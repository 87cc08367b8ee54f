"""The containers run what `up` runs, and the example of the environment names what is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from billing_project.embedded.processes import processes
from config.checks import setting_names

ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PROCESSES = processes(bind="0.0.0.0:8000", beat_schedule="/beat/schedule")
CONTAINERS_ONLY = {"DB_APP_PASSWORD", "DB_OWNER_PASSWORD", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_container_runs_the_same_command_as_up(process):
    service = SERVICES[process.name]

    assert service["command"] == ["python", "-m", *process.module]
    assert service["environment"]["PROCESS"] == process.kind


def test_there_is_a_container_for_each_process_and_each_server():
    assert set(SERVICES) == {"postgres", "redis", "migrate", *(process.name for process in PROCESSES)}


def test_only_the_migration_knows_the_owner():
    owners = {name: service["environment"].get("DATABASE_OWNER_URL") for name, service in SERVICES.items()}

    assert [name for name, url in owners.items() if url] == ["migrate"]


def test_the_broker_in_a_container_keeps_every_message():
    command = SERVICES["redis"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_every_variable_is_named_once_in_the_example():
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = [line.removeprefix("# ").split("=")[0] for line in lines if "=" in line and line.split("=")[0].isupper()]

    assert sorted(named) == sorted({*setting_names(), *CONTAINERS_ONLY})
