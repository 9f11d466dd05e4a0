"""OTLP over gRPC: the three `Export` methods, taken as raw bytes into the same receiver."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

# No child of ours speaks gRPC, and gRPC's own care for children, which it takes up when imported, prints a
# line at each start of one.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = os.environ.get("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc
import grpc.aio

from kansoku.catalog.rights import AUTHORIZATION
from kansoku.errors import ReceiveError, SettingError
from kansoku.receive import answers
from kansoku.receive.otlp import PROTOBUF
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from kansoku.receive.receiver import Receiver

_METHODS = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": Signal.TRACES,
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": Signal.LOGS,
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": Signal.METRICS,
}
_STREAMS = 100  # on one connection; each may hold a message that has not arrived yet
_STATUS = {code.value[0]: code for code in grpc.StatusCode}


class GrpcServer:
    """A started gRPC server; `port` is the one it listens on."""

    def __init__(self, server: grpc.aio.Server, port: int) -> None:
        self._server = server
        self.port = port

    async def stop(self, grace_s: float = 5.0) -> None:
        """Takes no new requests and lets the ones under way end."""
        await self._server.stop(grace_s)


async def grpc_server(
    receiver: Receiver, host: str, port: int, credentials: grpc.ServerCredentials | None = None
) -> GrpcServer:
    """A server that listens and takes requests; port 0 chooses a free one. Credentials have it speak TLS.

    Raises:
        SettingError: If the port is taken.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", receiver.max_bytes),
            ("grpc.max_concurrent_streams", _STREAMS),
            # Otherwise a second server would share the port in silence.
            ("grpc.so_reuseport", 0),
        ]
    )
    server.add_generic_rpc_handlers((_Handler(receiver),))
    try:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        bound = (
            server.add_insecure_port(where)
            if credentials is None
            else server.add_secure_port(where, credentials)
        )
    except RuntimeError as error:
        raise _taken(host, port) from error
    if bound == 0:
        raise _taken(host, port)
    await server.start()
    return GrpcServer(server, bound)


def _taken(host: str, port: int) -> SettingError:
    return SettingError(
        f"gRPC port {port} on {host} cannot be used: another program has it, or the address is not"
        " of this machine; choose another with --grpc-port"
    )


class _Handler(grpc.GenericRpcHandler):
    """Finds the signal of a method; everything else is unimplemented."""

    def __init__(self, receiver: Receiver) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            method: grpc.unary_unary_rpc_method_handler(_export(receiver, signal))
            for method, signal in _METHODS.items()
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        return self._handlers.get(handler_call_details.method)


def _export(receiver: Receiver, signal: Signal):  # noqa: ANN202 - grpc names no type for it
    async def export(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        try:
            receiver.admit(_authorization(context))
            with receiver.room() as take:
                take(len(request))
                taken = await receiver.receive(signal, request, PROTOBUF)
        except ReceiveError as error:
            await _abort(context, error)
        return answers.success(signal, taken, PROTOBUF)

    return export


def _authorization(context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
    """The metadata in which a key comes."""
    for name, value in context.invocation_metadata() or ():
        if name == AUTHORIZATION:
            return value.encode("latin-1", "replace") if isinstance(value, str) else value
    return b""


async def _abort(context: grpc.aio.ServicerContext[bytes, bytes], error: ReceiveError) -> NoReturn:
    told = answers.status(error)
    await context.abort(
        _STATUS[told.code],
        told.message,
        trailing_metadata=(("grpc-status-details-bin", told.SerializeToString()),),
    )
