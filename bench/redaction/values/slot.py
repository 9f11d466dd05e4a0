"""Every kind of value that a template may name: its entity (empty for what is harmless) and what makes it."""

import random
from collections.abc import Callable

from bench.redaction.values import contact, credential, harmless, money, paper

SLOTS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    **contact.MAKERS,
    **money.MAKERS,
    **paper.MAKERS,
    **credential.MAKERS,
    **harmless.MAKERS,
}
