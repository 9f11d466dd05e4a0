"""What was said in a call, by name: attributes of the GenAI conventions, Kansoku's own beside them, settings.

The conventions are OpenTelemetry's (`semantic-conventions-genai`, status Development): messages as JSON of
their schemas. Kansoku writes them on spans alone, never on log records, and only where it is told to.
"""

from typing import Final

SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"

HOLDS_SAID: Final = (SYSTEM_INSTRUCTIONS, INPUT_MESSAGES, OUTPUT_MESSAGES, TOOL_DEFINITIONS)

CUT: Final = "kansoku.content.cut"
"""Names of the attributes that lack something, as there was more than may be kept."""

EARLIER_LEFT_OUT: Final = "kansoku.content.earlier_messages_left_out"
"""How many messages before those that are kept are left out."""

LOST: Final = "kansoku.content.lost"
"""Why nothing of what was said is kept, where it should have been."""

TABLE: Final = "content"
"""The table of the file of settings."""

CAPTURE: Final = "capture"
MAX_BYTES: Final = "max_bytes"
KEYS: Final = (CAPTURE, MAX_BYTES)

LEAST_BYTES: Final = 1_024
USUAL_BYTES: Final = 65_536
MOST_BYTES: Final = 1_048_576
"""What a span holds of it at most: at least, unless told, and at most what may be told."""

VARIABLE: Final = "KANSOKU_CONTENT"
"""Environment variable: `true` or `false`."""

GENAI_VARIABLE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""Environment variable of OpenTelemetry's instrumentations, obeyed where nothing of Kansoku's own speaks."""

EVENT_ONLY: Final = "EVENT_ONLY"
ON_SPANS: Final = frozenset({"SPAN_ONLY", "SPAN_AND_EVENT", "TRUE"})
NOT_ON_SPANS: Final = frozenset({"NO_CONTENT", EVENT_ONLY, "FALSE"})
"""Its values, and `true` and `false` as they were before. Events are log records, which hold nothing said."""
