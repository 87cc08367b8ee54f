"""Every declared setting has a default, can be overridden, and refuses a wrong value by name."""

import pytest

from config import BillingSettings, Deployment, SettingsError, load_all
from config.declaration import declared, parsed, value_of
from config.environment import Environment
from tests.config.cases import BILLING, DEPLOYMENT

SPECS = {spec.name: (cls, path, spec) for cls in (Deployment, BillingSettings) for path, spec in declared(cls)}
CASES = {**DEPLOYMENT, **BILLING}
NAMES = sorted(SPECS)


def test_every_declared_setting_has_its_three_cases_and_no_other_has():
    assert sorted(CASES) == NAMES


def test_no_two_settings_share_a_name():
    names = [spec.name for cls in (Deployment, BillingSettings) for _, spec in declared(cls)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_that_nobody_sets_has_its_default(name):
    cls, path, spec = SPECS[name]

    assert value_of(cls(), path) == CASES[name][0]
    assert parsed(spec, Environment({}), production=True) == CASES[name][0]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_variable_counts_as_not_set(name):
    _, _, spec = SPECS[name]

    assert parsed(spec, Environment({name: "  "}), production=True) == CASES[name][0]


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_takes_the_value_that_somebody_sets(name):
    _, override, value, _, _ = CASES[name]
    cls, path, _ = SPECS[name]

    both = load_all({"APP_ENV": "local", name: override})

    assert value_of(both[0] if cls is Deployment else both[1], path) == value


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_stops_the_start_and_is_named(name):
    _, _, _, wrong, reason = CASES[name]
    spec = SPECS[name][2]

    with pytest.raises(SettingsError) as refused:
        load_all({"APP_ENV": "local", name: wrong})

    about = [problem for problem in refused.value.problems if problem.startswith(f"{name} ")]
    assert len(about) == 1
    assert reason in about[0]
    assert about[0].endswith(f"allowed: {spec.kind.allowed}.")
    assert spec.mask is None or wrong not in about[0]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_can_be_typed_again(name):
    _, override, value, _, _ = CASES[name]
    kind = SPECS[name][2].kind

    assert kind.parse(kind.show(kind.parse(override))) == value


@pytest.mark.parametrize("name", [name for name in NAMES if SPECS[name][2].local is not None])
def test_what_stands_in_outside_production_is_a_valid_value(name):
    spec = SPECS[name][2]

    assert parsed(spec, Environment({}), production=False) == spec.kind.parse(spec.default_text(production=False))
