"""The events of a stream by their types."""

CONTENT_DELTA = "content_block_delta"
MESSAGE_START = "message_start"
MESSAGE_DELTA = "message_delta"
MESSAGE_STOP = "message_stop"
BLOCK_START = "content_block_start"
ERROR = "error"


def type_of(event: object) -> str:
    """The event's type, typed or plain."""
    value = event.get("type") if isinstance(event, dict) else getattr(event, "type", "")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value if isinstance(value, str) else ""
