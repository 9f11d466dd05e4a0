"""Scripts that begin with an SDK already imported: each in a fork of one process that did only that.

An import of the SDK takes three seconds of a processor, and most scripts of tests begin with it. A fork has
its arguments, environment, folder and files as a process started anew has, and ends as one does. What reads
its environment while the SDK is imported, or is about an interpreter's start, is to be started anew.

Run as `python -m tests.integration.forked FD`, with one end of a pair of sockets.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from tempfile import TemporaryFile
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 1 << 20


class Forks:
    """The process with the SDK imported, and what is run in its forks, one after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.forked", str(theirs.fileno())],
                env=environment,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def run(
        self, script: str, *words: str, env: Mapping[str, str], cwd: str, timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Runs a script to its end; raises `subprocess.TimeoutExpired` when that is too long in coming."""
        wanted = {"script": script, "words": words, "env": dict(env), "cwd": cwd}
        with TemporaryFile() as out, TemporaryFile() as error:
            files = [out.fileno(), error.fileno()]
            socket.send_fds(self._socket, [json.dumps(wanted).encode()], files)
            pid = self._told()["pid"]
            self._socket.settimeout(timeout_s)
            try:
                status = self._told()["status"]
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._socket.settimeout(None)
                self._told()
                raise subprocess.TimeoutExpired(script, timeout_s) from None
            said = [_whole(each) for each in (out, error)]
        return subprocess.CompletedProcess(script, status, *said)

    def close(self) -> None:
        """Ends it."""
        self._socket.close()
        self._process.wait()

    def _told(self) -> dict[str, int]:
        told = self._socket.recv(_MOST_BYTES)
        assert told, "the process with the SDK imported has ended"
        return json.loads(told)


def _whole(file: Any) -> str:  # noqa: ANN401  a temporary file's type is private
    file.seek(0)
    return file.read().decode()


def _serve(channel: socket.socket) -> str:
    """The script of a fork, in that fork; the process itself ends here when nobody asks any more."""
    while True:
        told, files, _, _ = socket.recv_fds(channel, _MOST_BYTES, 2)
        if not told:
            sys.exit(0)
        wanted = json.loads(told)
        pid = os.fork()
        if pid == 0:
            channel.close()
            return _become(wanted, files)
        for file in files:
            os.close(file)
        channel.sendall(json.dumps({"pid": pid}).encode())
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with suppress(OSError):  # nobody waits any more
            channel.sendall(json.dumps({"status": ended}).encode())


def _become(wanted: dict[str, Any], files: list[int]) -> str:
    """Makes this fork what an interpreter started with `-c` is."""
    for descriptor, file in zip((1, 2), files, strict=True):
        os.dup2(file, descriptor)
        os.close(file)
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["cwd"])
    sys.argv[:] = ["-c", *wanted["words"]]
    sys.path[0] = ""
    return wanted["script"]


def _main(descriptor: int) -> None:
    import_module("anthropic")
    gc.freeze()  # a fork would copy each page that a collection of what is there writes to
    with socket.socket(fileno=descriptor) as channel:
        script = _serve(channel)
    main = sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(script, "<string>", "exec"), main.__dict__)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
