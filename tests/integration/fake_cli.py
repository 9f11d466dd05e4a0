"""A command line that speaks the Agent SDK's protocol and answers each prompt as its script says.

The script is a JSON file: a list of turns, each a list of steps. A step is a message to send,
`{"exit": code}`, or `{"wait": true}`, which answers nothing more until the input ends.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Answers until the input ends."""
    if "-v" in sys.argv or "--version" in sys.argv:
        sys.stdout.write("9.9.9 (Claude Code)\n")
        return
    turns: list[list[dict[str, Any]]] = json.loads(Path(os.environ["FAKE_CLI_SCRIPT"]).read_text())
    for line in sys.stdin:
        told = json.loads(line)
        match told.get("type"):
            case "control_request":
                say({"type": "control_response", "response": control(told)})
            case "user":
                for step in turns.pop(0) if turns else []:
                    perform(step)
            case _:
                pass


def control(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a control request: yes."""
    note = os.environ.get("FAKE_CLI_NOTE")
    if note and request["request"]["subtype"] == "initialize":
        seen = {
            "hooks": request["request"].get("hooks"),
            "telemetry": os.environ.get("CLAUDE_CODE_ENABLE_TELEMETRY"),
        }
        Path(note).write_text(json.dumps(seen))
    return {"subtype": "success", "request_id": request["request_id"], "response": {}}


def perform(step: dict[str, Any]) -> None:
    """Does one step of the script."""
    if "exit" in step:
        sys.exit(step["exit"])
    if "wait" in step:
        sys.stdin.read()
        sys.exit(0)
    say(step)


def say(message: dict[str, Any]) -> None:
    """Sends one message."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
