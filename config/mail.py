"""Who sends documents by mail, where what cannot be delivered comes back, and who gets all mail of a trial."""

from __future__ import annotations

from dataclasses import dataclass

from config.declaration import setting
from config.kinds import ascending, choice, whole
from config.kinds_of_business import EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How mail leaves the house."""

    sender: str = setting("MAIL_FROM", EMAIL, "", "Address from which documents are mailed. Not set: SELLER_EMAIL.")
    bounce: str = setting(
        "MAIL_BOUNCE", EMAIL, "", "Where undeliverable mail comes back (the envelope's sender). Not set: MAIL_FROM."
    )  # fmt: skip
    redirect_to: str = setting(
        "MAIL_REDIRECT_TO", EMAIL, "",
        "Outside production all mail goes to this address; not set, it goes nowhere. Refused in production.",
    )  # fmt: skip
    alerts_to: str = setting(
        "ALERT_EMAIL", EMAIL, "", "Who is told by mail what is wrong with the installation. Not set: nobody."
    )  # fmt: skip
    alerts_in: str = setting("ALERT_LANGUAGE", choice("en", "de"), "en", "Language of these messages: English, German.")
    retry_minutes: tuple[int, ...] = setting(
        "MAIL_RETRY_MINUTES", ascending(whole(1, 2880), "minutes"), "1,5,15,60,240",
        "Waits after failed attempts to send a message; after the last one it is parked.",
    )  # fmt: skip

    def contradictions(self) -> list[str]:
        """What cannot be meant in production."""
        if not self.redirect_to:
            return []
        return ["MAIL_REDIRECT_TO is set, and would keep documents from customers in production; allowed: not set."]
