"""Redaction by name: the keys of `[redaction]` in the file of settings, modes, and operators."""

from typing import Literal

TABLE = "redaction"
"""The table of the file of settings."""

ENTITIES = "entities"
MODE = "mode"
ALLOW = "allow"
ALLOW_PATTERNS = "allow_patterns"
MAX_DEPTH = "max_depth"
MAX_LENGTH = "max_length"
OPERATORS = "operators"
HMAC = "hmac"
KEYS = (ENTITIES, MODE, ALLOW, ALLOW_PATTERNS, MAX_DEPTH, MAX_LENGTH, OPERATORS, HMAC)
"""What the table may hold; the last two are tables themselves."""

OperatorKind = Literal["replace", "partial", "drop", "hmac"]
"""What is put in place of a finding: a mark, its last characters, nothing, or a keyed hash."""

OPERATOR_KEYS: dict[OperatorKind, tuple[str, ...]] = {
    "replace": ("mark",),
    "partial": ("keep",),
    "drop": (),
    "hmac": (),
}
"""What may stand beside an operator's `kind`."""

KEY_ENV = "key_env"
KEY_FILE = "key_file"
KEY_ID = "key_id"
HMAC_KEYS = (KEY_ENV, KEY_FILE, KEY_ID)
"""What `[redaction.hmac]` may hold: where the key is, never the key, and the name that marks carry."""

EVERY = "*"
"""Stands for every entity that has no operator of its own."""

SERVER_TABLE = "server"
SERVER_REDACT = "redact"
"""Whether the server redacts what it receives before it is stored."""

SERVER_REDACT_VARIABLE = "KANSOKU_SERVER_REDACT"
"""The same as an environment variable: `true` or `false`."""
