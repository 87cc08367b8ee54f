"""Names of the gateway's billable units, as claims store them."""

from typing import Final

CALL: Final = "call"
CASE: Final = "service_case"
SERVICE_PRICE: Final = "service_price"
SERVICE_CHANGE: Final = "service_change"
SETUP_FEE: Final = "setup_fee"
FLAT_FEE: Final = "flat_fee"
