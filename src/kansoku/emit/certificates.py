"""The certificate authority that OpenTelemetry's variables name, for exports over HTTP."""

from typing import TYPE_CHECKING, Any

from kansoku.catalog import settings as names
from kansoku.emit.environment import Signal, told

if TYPE_CHECKING:
    from requests import Session

_PROVIDER = "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER"


def authority(signal: Signal) -> str:
    """The file of the authority; empty where none is named."""
    return told(names.OTLP_CERTIFICATE.replace("_OTLP_", f"_OTLP_{signal}_")) or told(names.OTLP_CERTIFICATE)


def session_for(signal: Signal) -> "Session | None":
    """A session for the signal's exporter that trusts the authority, whatever else the environment says.

    `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`, which are there for other programs, would go before it. None
    where no authority is named, or something else provides the session.
    """
    named = authority(signal)
    if not named or told(_PROVIDER) or told(_PROVIDER.replace("_HTTP_", f"_HTTP_{signal}_")):
        return None
    import requests  # a tenth of a second, at the first export

    made: Any = requests.Session()
    merge = made.merge_environment_settings

    def merged(url: str, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:  # noqa: ANN401
        return merge(url, proxies, stream, named if verify is None else verify, cert)

    made.merge_environment_settings = merged
    return made
