"""The environment wins over .env; secrets may lie in files; a line that means nothing is refused."""

import pytest

import config
from config.environment import Found, environment


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / ".env").write_text("# mine\n\nBILLING_DUE_DAYS=10\nexport BILLING_PARTNER_DUE_DAYS='9'\n")

    env = environment(tmp_path, {"APP_ENV": "local", "BILLING_DUE_DAYS": "20"})
    settings = config.load(env)

    assert (settings.due_days, settings.partner_due_days) == (20, 9)
    assert env.find("BILLING_DUE_DAYS") == Found("20", "environment")
    assert env.find("BILLING_PARTNER_DUE_DAYS") == Found("9", ".env")
    assert env.find("BILLING_MIN_HOURS") is None


def test_it_is_a_mapping_of_both_sources(tmp_path):
    (tmp_path / ".env").write_text("A=1\nB=2\n")

    env = environment(tmp_path, {"B": "3"})

    assert dict(env) == {"A": "1", "B": "3"}
    assert len(env) == 2


def test_the_process_environment_itself_is_read_and_left_unchanged(tmp_path, monkeypatch):
    monkeypatch.setenv("APP_ENV", "local")
    monkeypatch.delenv("BILLING_DUE_DAYS", raising=False)
    (tmp_path / ".env").write_text("BILLING_DUE_DAYS=10\n")

    assert config.load(environment(tmp_path)).due_days == 10
    assert config.load(environment(tmp_path / "nowhere")).due_days == 30


def test_a_test_does_not_read_what_a_developer_keeps_in_the_file(tmp_path):
    (tmp_path / ".env").write_text("BILLING_DUE_DAYS=10\n")

    assert config.load(environment(tmp_path, {"APP_ENV": "test"})).due_days == 30


def test_a_line_that_is_no_assignment_is_refused_with_its_number(tmp_path):
    (tmp_path / ".env").write_text("A=1\n B = 2\nBILLING_DUE_DAYS: 10\n")

    with pytest.raises(config.SettingsError) as refused:
        environment(tmp_path, {})

    assert [problem.split(": ")[0][-6:] for problem in refused.value.problems] == ["line 2", "line 3"]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe\n")

    with pytest.raises(config.SettingsError, match="cannot be read"):
        environment(tmp_path, {})


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from-a-file\n")

    env = environment(tmp_path, {"APP_ENV": "local", "SECRET_KEY_FILE": str(tmp_path / "key")})

    assert config.load_all(env)[0].secret_key == "from-a-file"
    assert env.find("SECRET_KEY") == Found("from-a-file", "environment: SECRET_KEY_FILE")


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"", "is empty"), (b"\xff", "cannot be read")]
)
def test_a_file_without_its_secret_is_refused(tmp_path, content, said):
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    with pytest.raises(config.SettingsError) as refused:
        config.load_all({"APP_ENV": "production", "SECRET_KEY_FILE": str(tmp_path / "key")})

    about = [problem for problem in refused.value.problems if problem.startswith("SECRET_KEY")]
    assert len(about) == 1
    assert said in about[0]
