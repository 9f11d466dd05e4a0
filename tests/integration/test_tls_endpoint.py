"""An endpoint over TLS, under an authority of its own that OpenTelemetry's variable names."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from kansoku.doctor.reach import endpoint_and_clock
from tests.certificates import own_certificate
from tests.integration.receiver import receiving
from tests.integration.scripts import python


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `own.pem`, a certificate of 127.0.0.1 that is its own authority, and `key.pem`."""
    made = tmp_path_factory.mktemp("tls")
    own_certificate(made)
    return made


def tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem", folder / "key.pem")
    return context


ASK = """
import httpx2, kansoku
kansoku.init("shop")
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {}}
http = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json=MESSAGE)))
anthropic.Anthropic(api_key="local", http_client=http).messages.create(**ASK)
assert kansoku.flush(20)
"""


@pytest.mark.parametrize("beside", ["", "/nowhere/of-other-programs.pem"])
def test_an_authority_that_is_named_is_trusted_whatever_other_programs_trust(
    folder: Path, beside: str
) -> None:
    with receiving(tls(folder)) as receiver:
        python(
            ASK,
            KANSOKU_ENDPOINT=receiver.url,
            OTEL_EXPORTER_OTLP_CERTIFICATE=str(folder / "own.pem"),
            REQUESTS_CA_BUNDLE=beside,
            CURL_CA_BUNDLE=beside,
        )
        assert receiver.paths == {"/v1/traces", "/v1/logs", "/v1/metrics"}


def mutual(folder: Path) -> ssl.SSLContext:
    context = tls(folder)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "own.pem")
    return context


def own(folder: Path) -> dict[str, str]:
    """The environment of a client that shows the certificate, and trusts it."""
    return {
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(folder / "own.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(folder / "own.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(folder / "key.pem"),
    }


def test_an_endpoint_that_asks_who_sends_is_shown_the_clients_certificate(folder: Path) -> None:
    with receiving(mutual(folder)) as receiver:
        python(ASK, KANSOKU_ENDPOINT=receiver.url, **own(folder))
        assert receiver.paths == {"/v1/traces", "/v1/logs", "/v1/metrics"}


def nothing(body: bytes, context: grpc.ServicerContext) -> bytes:
    """An empty answer."""
    del body, context
    return b""


class Rpc(grpc.GenericRpcHandler):
    """Takes every request over gRPC from clients that show the certificate, and keeps the methods."""

    def __init__(self, folder: Path) -> None:
        self.methods: set[str] = set()
        self.server = grpc.server(ThreadPoolExecutor(2))
        self.server.add_generic_rpc_handlers((self,))
        key, certificate = (folder / "key.pem").read_bytes(), (folder / "own.pem").read_bytes()
        asking = grpc.ssl_server_credentials([(key, certificate)], certificate, require_client_auth=True)
        self.port = self.server.add_secure_port("127.0.0.1:0", asking)
        self.server.start()

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        self.methods.add(handler_call_details.method.split(".")[-1])
        return grpc.unary_unary_rpc_method_handler(nothing)


def over_grpc(port: int) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"https://127.0.0.1:{port}",
    }


def test_so_is_one_over_grpc(folder: Path) -> None:
    rpc = Rpc(folder)
    python(ASK, **over_grpc(rpc.port), **own(folder))
    rpc.server.stop(None)
    assert rpc.methods == {"TraceService/Export", "LogsService/Export", "MetricsService/Export"}


@pytest.mark.parametrize(
    ("lacking", "told"),
    [("CLIENT_KEY", ""), ("CLIENT_KEY", "empty"), ("CLIENT_CERTIFICATE", "/nowhere/at-all.pem")],
)
def test_half_a_pair_over_grpc_is_said_and_the_process_goes_on(
    folder: Path, tmp_path: Path, lacking: str, told: str
) -> None:
    (tmp_path / "empty").touch()
    told = str(tmp_path / told) if told == "empty" else told
    half = {**own(folder), f"OTEL_EXPORTER_OTLP_{lacking}": told}
    done = python(
        ASK.replace("assert kansoku.flush(20)", "assert not kansoku.flush(20)"),
        OTEL_EXPORTER_OTLP_TIMEOUT="0.2",
        OTEL_LOGS_EXPORTER="none",
        OTEL_METRICS_EXPORTER="none",
        **over_grpc(1),
        **half,
    )
    assert f"needs OTEL_EXPORTER_OTLP_{lacking}" in done.stderr


def test_the_doctor_asks_with_the_same_authority(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_CERTIFICATE", raising=False)
    with receiving(tls(folder)) as receiver:
        untrusted = endpoint_and_clock(receiver.url)[0]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(folder / "own.pem"))
        assert endpoint_and_clock(receiver.url)[0].state == "good"
    assert untrusted.remedy is not None
    assert (untrusted.state, "OTEL_EXPORTER_OTLP_CERTIFICATE" in untrusted.remedy.en) == ("bad", True)
