"""Names of a task's surroundings in OpenTelemetry baggage, which other services read."""

BAGGAGE = {
    "task": "kansoku.task",
    "feature": "kansoku.feature",
    "user_id": "kansoku.user_id",
    "session_id": "kansoku.session_id",
    "release": "kansoku.release",
}
"""Baggage key by field."""

MAX_CHARACTERS = 256
"""Longer values of other services are not taken over."""
