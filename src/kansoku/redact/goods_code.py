"""What else is called a code: of errors, places, goods, banks; nobody's secret."""

import re

OF_GOODS = re.compile(
    r"(?:exit|error|status|return|response|http|zip|post(?:al)?|pin|area|country|dialing|product|promo|discount"
    r"|coupon|booking|reservation|item|bar|qr|source|currency|language|sort|swift|branch|store|reason|fehler"
    r"|produkt|länder)[ _-]?\Z",
    re.IGNORECASE,
)
"""The word in front of such a code."""
