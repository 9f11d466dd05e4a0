"""The socket that a server listens on."""

import errno
import socket

from kansoku.errors import SettingError

_BACKLOG = 2048


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a taken port is told before anything else is started.

    Raises:
        SettingError: If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                f"port {port} on {host} is taken, perhaps by another Kansoku or an OpenTelemetry Collector; "
                "stop that, or choose another port with --port"
            ) from None
        raise SettingError(f"--host {host} --port {port}: {error.strerror or error}") from None
    listener.listen(_BACKLOG)
    return listener
