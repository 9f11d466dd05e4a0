"""The certificate that a server is spoken to by."""

import ssl

import grpc

from kansoku.errors import SettingError
from kansoku.server.settings import ServerSettings


def check(settings: ServerSettings) -> None:
    """Sees that the certificate and its key belong together.

    Raises:
        SettingError: If one is missing or cannot be used; it names the mend.
    """
    certificate, key = settings.certificate, settings.private_key
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        missing = "--certificate" if certificate is None else "--private-key"
        raise SettingError(f"{missing}: is missing; TLS needs a certificate and its private key, both PEM")
    if settings.demo:
        raise SettingError("--demo: speaks to the server without TLS; leave --certificate out")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise SettingError(
            f"--certificate {certificate} --private-key {key}: cannot be used ({error}); give the"
            " certificate with its chain, and its key without a passphrase, as PEM"
        ) from None


def credentials(settings: ServerSettings) -> grpc.ServerCredentials | None:
    """The same certificate as gRPC takes it; None without one."""
    if settings.certificate is None or settings.private_key is None:
        return None
    pair = (settings.private_key.read_bytes(), settings.certificate.read_bytes())
    return grpc.ssl_server_credentials([pair])
