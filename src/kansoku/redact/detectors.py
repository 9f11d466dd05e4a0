"""All detectors, in order of precedence."""

from kansoku.redact.card import CARD
from kansoku.redact.detector import Detector
from kansoku.redact.email import EMAIL
from kansoku.redact.phone import PHONE
from kansoku.redact.secret import PREFIXED

BALANCED: tuple[Detector, ...] = (PREFIXED, EMAIL, CARD, PHONE)
"""Where two findings overlap, the earlier detector's stands."""

STRICT: tuple[Detector, ...] = BALANCED
"""What strict mode looks for: more entities, and numbers without the word that would tell them."""

ENTITIES = tuple(dict.fromkeys(detector.entity for detector in STRICT))
"""Every entity that is known."""
