"""Variables that OpenTelemetry's own code breaks on: out of its sight while it reads the environment."""

import math
import os
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from kansoku.catalog import settings as names
from kansoku.emit.doubts import doubt
from kansoku.emit.environment import SIGNALS, UNLIMITED, Protocol, span_limits, told
from kansoku.emit.quiet import quiet_here

_COMPRESSIONS: dict[Protocol, tuple[str, ...]] = {
    "http/protobuf": ("gzip", "deflate", "none"),
    "grpc": ("gzip",),
}
"""What each kind of exporter takes; the one over gRPC does not know `none`, which is what it does then."""

_FILES = (names.OTLP_CERTIFICATE, names.OTLP_CLIENT_KEY, names.OTLP_CLIENT_CERTIFICATE)


def import_sdk() -> None:
    """Imports OpenTelemetry's SDK, which a limit in the environment that is no number keeps from it."""
    name = names.SPAN_ATTRIBUTE_COUNT
    breaks = name in os.environ and not told(name).isdecimal() and told(name).lower() != UNLIMITED
    span_limits()  # says it
    with _out_of_sight((name,) if breaks else ()):
        import opentelemetry.sdk.trace  # noqa: F401  # pyright: ignore[reportUnusedImport]


@contextmanager
def set_aside(protocol: Protocol) -> Generator[None]:
    """Makes exporters of that protocol inside of the block; each variable that they cannot use is said."""
    with quiet_here, _out_of_sight(tuple(_unusable(protocol))):
        yield


def examine(protocol: Protocol) -> None:
    """Says what exporters of that protocol cannot use."""
    for _ in _unusable(protocol):
        pass
    for name in _each(names.OTLP_HEADERS):
        _examine_headers(name)


@contextmanager
def _out_of_sight(hidden: Collection[str]) -> Generator[None]:
    """Takes variables out of the environment for the time of the block."""
    kept = {name: os.environ.pop(name) for name in hidden if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def _unusable(protocol: Protocol) -> Iterator[str]:
    """The variables that exporters of that protocol cannot use."""
    for name in _each(names.OTLP_TIMEOUT):
        if name in os.environ and not _is_seconds(told(name)):
            if told(name):
                doubt(f"{name}: {told(name)!r} is no number of seconds above 0 and is left out; 10 is one")
            yield name
    for name in _each(names.OTLP_COMPRESSION):
        if name in os.environ and (how := told(name).lower()) not in _COMPRESSIONS[protocol]:
            if how not in {"", "none"}:
                known = ", ".join((*_COMPRESSIONS[protocol], "none")[:3])
                doubt(f"{name}: {how!r} is not known over {protocol} and is left out; use {known}")
            yield name
    for name in (each for file in _FILES for each in _each(file)):
        if told(name) and not _is_file(name):
            doubt(f"{name}: {told(name)!r} is no file that can be read and is left out; correct the path")
            yield name
    if protocol == "grpc":
        yield from _half_pairs()


def _half_pairs() -> Iterator[str]:
    """A client's key or certificate without the other, on which gRPC ends the process."""
    for pair in zip(_each(names.OTLP_CLIENT_KEY), _each(names.OTLP_CLIENT_CERTIFICATE), strict=True):
        held = [name for name in pair if _is_file(name) and Path(os.environ[name]).stat().st_size]
        if len(held) == 1:
            other = next(name for name in pair if name not in held)
            doubt(f"{held[0]}: is left out, as over gRPC it needs {other}; set both, or neither")
            yield held[0]


def _is_file(name: str) -> bool:
    """Whether the variable names a file that an exporter can read; none takes blanks off."""
    return bool(told(name)) and os.access(os.environ[name], os.R_OK)


def _examine_headers(name: str) -> None:
    """Says where one of the headers cannot be read, without it: it may be a key."""
    from opentelemetry.util.re import parse_env_headers

    for one in told(name).split(","):
        with quiet_here:
            if one.strip() and not parse_env_headers(one.strip(), liberal=True):
                doubt(f"{name}: a header that is not name=value, URL-encoded, is left out; correct it")


def _is_seconds(text: str) -> bool:
    """Whether it is a time that can be waited."""
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def _each(name: str) -> Iterator[str]:
    """The general variable's name, and those of the signals."""
    yield name
    for signal in SIGNALS:
        yield name.replace("_OTLP_", f"_OTLP_{signal}_")
