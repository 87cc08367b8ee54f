"""What is wrong with the installation now: measured once, judged once; pages, mails and Prometheus all read this."""

from office.alerts.conditions import CONDITIONS, Alert, Condition, current_alerts
from office.alerts.gauges import GAUGES, Gauge, Reading, readings

__all__ = ["CONDITIONS", "GAUGES", "Alert", "Condition", "Gauge", "Reading", "current_alerts", "readings"]
