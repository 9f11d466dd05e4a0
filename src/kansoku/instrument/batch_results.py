"""Following the results of a batch: each entry that the application reads is told, once in this process."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from kansoku.instrument.session import Session
from kansoku.record.batch import Batch, call_of, custom_id_of, entries_of, message_of, place_of
from kansoku.record.body import Body
from kansoku.record.reading import parts
from kansoku.record.said import Words


def follow_results(session: Session, result: Any, batch: Batch) -> None:
    """Sees every entry that the application takes from a decoder, which stays the SDK's own.

    Raises:
        Exception: Whatever a changed SDK makes of it; the caller guards.
    """
    tell = functools.partial(_tell, session, batch)
    follow = _async_entries if hasattr(result, "__anext__") else _entries
    result._iterator = follow(result._iterator, tell)


def tell_all(session: Session, batch: Batch, body: Body) -> None:
    """Tells the entries in results that were read as bytes. Runs on the worker."""
    for entry in entries_of(body):
        _tell(session, batch, entry)


def _tell(session: Session, batch: Batch, entry: object) -> None:
    """Queues an entry that is new."""
    with session.guard.kept("batch"):
        if session.batches.is_new(place_of(batch.id, custom_id_of(entry)).span_id):
            _put(session, batch, entry)


def _put(session: Session, batch: Batch, entry: object) -> None:
    """Queues an entry, with the words of its answer where they are kept; what was asked it does not say."""
    read = functools.partial(call_of, entry, batch, session.prices)
    content = session.content
    if content is None:
        session.pipeline.put(read)
        return
    words, message = Words({}), message_of(entry)
    content.hold(words, message)
    answer = parts(message, "content")
    told = functools.partial(content.read, words, read, lambda _: words.said(answer, is_partial=False))
    if not session.pipeline.put(told):
        content.release(words)


def _entries(entries: Iterator[Any], tell: Callable[[object], None]) -> Iterator[Any]:
    """The entries, each told on its way."""
    for entry in entries:
        tell(entry)
        yield entry


async def _async_entries(entries: AsyncIterator[Any], tell: Callable[[object], None]) -> AsyncIterator[Any]:
    """The entries, each told on its way."""
    async for entry in entries:
        tell(entry)
        yield entry
