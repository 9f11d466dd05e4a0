"""What gRPC is told before it is there."""

import subprocess
import sys

_WATCHED = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "grpc":
            print(os.environ.get("GRPC_ENABLE_FORK_SUPPORT"))
sys.meta_path.insert(0, Watch())
import kansoku.receive.rpc
"""


def told(**environment: str) -> str:
    """What the environment says of children when gRPC is first imported."""
    ended = subprocess.run(
        [sys.executable, "-c", _WATCHED],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ended.stdout.strip()


def test_grpc_is_told_to_leave_children_alone_before_it_is_imported() -> None:
    assert told() == "0"


def test_who_says_otherwise_is_obeyed() -> None:
    assert told(GRPC_ENABLE_FORK_SUPPORT="1") == "1"
