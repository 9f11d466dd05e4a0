"""The error tree: what can go wrong, whose fault it is, and what the other side may do about it.

```
KansokuError
├── DefinitionError     a catalog definition cannot mean what it says
├── SettingError        a setting of the user's has a value that cannot be used
├── ReceiveError        a request of an exporter was not stored; carries its OTLP answer
│   ├── NotAdmitted         it has no key that is known: do not retry
│   ├── NotPermitted        its key is for other things: do not retry
│   ├── Malformed           the bytes are not OTLP: do not retry
│   ├── Unsupported         a content type or encoding that is not taken: do not retry
│   ├── TooLarge            over a size cap: do not retry
│   ├── Overloaded          more arrives at once than there is memory for: retry later
│   └── SpoolUnavailable    the disk is full, missing or refuses: retry later
└── StoreError
    ├── QueryRefused        the statement is wrong or would write: the asker's fault
    ├── QueryTimeout        the statement took more than its limit
    └── StoreUnavailable    the store process is starting, restarting or gone: retry later
```
"""


class KansokuError(Exception):
    """Root of everything Kansoku raises on purpose."""


class DefinitionError(KansokuError):
    """A catalog definition contradicts itself; the message names it and the mend."""


class SettingError(KansokuError):
    """A setting cannot be used; the message names the setting and the mend, never a secret value."""


class ReceiveError(KansokuError):
    """An exporter's request was refused and nothing of it is stored.

    Attributes:
        http_status: The answer over HTTP.
        retryable: Whether the exporter may send the same bytes again, as OTLP wants it told.
        reason: What refusals of this kind are counted under.
    """

    http_status = 400
    retryable = False
    reason = "refused"


class NotAdmitted(ReceiveError):
    """The request has no key that is known."""

    http_status = 401
    reason = "not_admitted"


class NotPermitted(ReceiveError):
    """The request's key is for other things."""

    http_status = 403
    reason = "not_permitted"


class Malformed(ReceiveError):
    """The body is not the OTLP message that its path promises."""

    reason = "malformed"


class Unsupported(ReceiveError):
    """The content type or encoding is not one that is taken."""

    http_status = 415
    reason = "unsupported"


class TooLarge(ReceiveError):
    """The body, as sent or inflated, is over its cap."""

    http_status = 413
    reason = "too_large"


class Overloaded(ReceiveError):
    """There is no memory for the body until others are done."""

    http_status = 429
    retryable = True
    reason = "overloaded"


class SpoolUnavailable(ReceiveError):
    """The spool cannot take the bytes now: full, missing or failing disk."""

    http_status = 503
    retryable = True
    reason = "spool_unavailable"


class StoreError(KansokuError):
    """The store could not answer."""


class QueryRefused(StoreError):
    """The statement is not valid, not read-only, or over a row or memory cap."""


class QueryTimeout(StoreError):
    """The statement ran into its time limit."""


class StoreUnavailable(StoreError):
    """No store process answers at the moment."""
