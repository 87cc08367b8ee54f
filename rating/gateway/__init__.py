"""Prices of the gateway: calls, cases, services, changes and fees of managed companies."""
