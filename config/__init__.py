"""Typed settings: read from the environment, checked at start; a few can be stored over it while the product runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from config import overrides
from config.checks import contradictions, misspelt
from config.declaration import read
from config.deployment import Deployment, is_production, read_deployment
from config.environment import Environment, environment, environment_of
from config.errors import SettingsError
from config.number_pattern import NumberPattern, NumberPatterns
from config.plan import BillingSettings, FairUse
from config.seller import Seller

__all__ = [
    "BillingSettings",
    "Deployment",
    "Environment",
    "FairUse",
    "NumberPattern",
    "NumberPatterns",
    "Seller",
    "SettingsError",
    "billing",
    "environment",
    "load",
    "load_all",
]


def load(env: Any) -> BillingSettings:
    """Read the settings of billing from an Environment, a mapping or an environ.Env.

    Raises SettingsError with one sentence for everything that is wrong.
    """
    problems: list[str] = []
    plan = _read_billing(environment_of(env), problems)
    if problems:
        raise SettingsError(problems)
    return plan


def load_all(env: Any) -> tuple[Deployment, BillingSettings]:
    """Read deployment and billing together, so that one refusal names what is wrong in both.

    Raises SettingsError with one sentence for everything that is wrong.
    """
    found = environment_of(env)
    problems: list[str] = []
    deployment = read_deployment(found, problems)
    plan = _read_billing(found, problems)
    if problems:
        raise SettingsError(problems)
    return deployment, plan


def billing() -> BillingSettings:
    """Return the settings of billing in force: those of the environment, under what an administrator stored.

    A plan takes them once and hands them on: from one call to the next they may have changed.
    """
    of_environment: BillingSettings = settings.BILLING
    return overrides.in_force(of_environment).settings


def _read_billing(env: Environment, problems: list[str]) -> BillingSettings:
    production = is_production(env)
    plan = read(BillingSettings, env, production=production, problems=problems)
    # A wrong value kept its default here: it is named once, with its own fault, and not again as missing.
    named = {problem.split(" ", 1)[0] for problem in problems}
    besides = [*contradictions(plan, production=production), *misspelt(env)]
    problems += [problem for problem in besides if problem.split(" ", 1)[0] not in named]
    return plan
