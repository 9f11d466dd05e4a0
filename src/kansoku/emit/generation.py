"""Which start of a service this process belongs to, as far as the operating system tells.

Workers of one service have one master as their parent. It is told by its boot, its process id and the
moment it started, so that a reused id is another master; and it counts as one only if it runs the same
Python, because a shell or systemd outlives many starts of a service.
"""

import os
from pathlib import Path

_PROC = Path("/proc")
_START_AFTER_NAME = 19
"""The place of `starttime` among the fields of `/proc/<pid>/stat` that follow the command's name."""


def master() -> str:
    """The start of this process's master; empty where it has none, or the system does not tell."""
    parent = os.getppid()
    try:
        same = (_PROC / str(parent) / "exe").samefile(_PROC / "self" / "exe")
        return start_of(parent) if same else ""
    except OSError:
        return ""


def start_of(pid: int) -> str:
    """What no other process has: boot, id and start. Raises `OSError` if the system does not tell."""
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return f"{boot}:{pid}:{fields[_START_AFTER_NAME]}"
