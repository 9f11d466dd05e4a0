"""The part of OpenTelemetry's exporters over gRPC that sends finished bytes, and what its answers mean."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kansoku.emit.backlog import LONGEST_WAIT_S, Answer, SendBytes
from kansoku.emit.refusals import Refusals

if TYPE_CHECKING:
    import grpc

_PASSING = frozenset(
    ("CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS")
)
"""What OTLP's specification has a client try again, whatever else the answer says."""

_IF_TOLD = "RESOURCE_EXHAUSTED"
"""And this, where the answer says when: without that the request is too large, now and later."""

_SERVICE = "/opentelemetry.proto.collector.{}.v1.{}Service/Export"
SPANS, RECORDS = _SERVICE.format("trace", "Trace"), _SERVICE.format("logs", "Logs")
"""The methods of the two signals."""

_NOBODY = "Connection refused"
"""Stands in what an error says where nobody listens: it has no number of the operating system."""


def rpc_sender(exporter: object, method: str, refusals: Refusals | None = None) -> SendBytes | None:
    """Sends finished bytes as the exporter does, trying again within its time-out; None where it cannot.

    The parts have private names. Without them the exporter encodes for itself, and nothing waits.
    `refusals` is told how each of the exporter's attempts ended.
    """
    made: Any = exporter
    parts = ("_export", "_translate_data", "_count_data", "_initialize_channel_and_stub")
    if getattr(made, "_channel", None) is None or not all(
        callable(getattr(made, one, None)) for one in parts
    ):
        return None
    heard = _Heard(method, refusals or Refusals())
    made._stub = heard.on  # noqa: SLF001
    made._translate_data = _same  # noqa: SLF001
    made._count_data = len  # noqa: SLF001
    heard.on(made._channel)  # noqa: SLF001
    made._client = heard  # noqa: SLF001

    def send(data: bytes) -> Answer:
        heard.last = None
        went = made._export(data).name == "SUCCESS"  # noqa: SLF001
        return Answer(went=True) if went else _answer(heard.last)

    return send


def _same(data: bytes) -> bytes:
    """What is encoded already."""
    return data


class _Heard:
    """A stub that takes a request's bytes, and keeps the last error."""

    def __init__(self, method: str, refusals: Refusals) -> None:
        self._method = method
        self._refusals = refusals
        self._call: Any = None
        self.last: Any = None

    def on(self, channel: "grpc.Channel") -> "_Heard":
        """The same on another channel: the exporter makes a new one where one is broken."""
        self._call = channel.unary_unary(self._method)
        return self

    def Export(self, request: bytes, **named: Any) -> Any:  # noqa: ANN401, N802  as the exporter calls it
        """Sends a request."""
        import grpc

        try:
            answer = self._call(request, **named)
        except grpc.RpcError as error:
            self.last = error
            self._refusals.heard(_refusal(error))
            raise
        self._refusals.heard(None)
        return answer


def _refusal(error: Any) -> ConnectionRefusedError | None:  # noqa: ANN401  as above
    """What a socket would have raised, where nobody listened."""
    told = str(error.details() or "")
    return ConnectionRefusedError(told) if _NOBODY in told else None


def _answer(error: Any) -> Answer:  # noqa: ANN401  gRPC's error has its methods from another class
    """What the last error means; where there was none the exporter is closing."""
    if error is None:
        return Answer(went=False, passing=True)
    name, wait_s = error.code().name, _wait_s(error.trailing_metadata() or ())
    passing = name in _PASSING or (name == _IF_TOLD and wait_s is not None)
    return Answer(went=False, passing=passing, wait_s=(wait_s or 0.0) if passing else 0.0)


def _wait_s(metadata: Iterable[tuple[str, str | bytes]]) -> float | None:
    """How long the endpoint wants to wait; None where it does not say."""
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    told = RetryInfo()
    for key, value in metadata:
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in Status.FromString(value).details:
                if detail.Unpack(told):
                    delay = told.retry_delay.ToTimedelta().total_seconds()
                    return min(max(delay, 0.0), LONGEST_WAIT_S)
    return None
