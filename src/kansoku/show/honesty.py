"""`/api/honesty`: what the numbers leave out, by count, share, meaning and remedy."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter

from kansoku.catalog.honesty import DAY_S, SHORTFALLS, Share, Shortfall, ShortfallId
from kansoku.query.own_counters import OwnCounters
from kansoku.query.rolled import Withdrawn
from kansoku.show import pictures, questions, shapes
from kansoku.show.reload import Behind, settings_behind
from kansoku.store.port import Store


@dataclass(frozen=True, slots=True)
class Intake:
    """What receiving has to confess: bytes and segments in the spool, and what was refused, by why.

    `refusals` are whole requests, `faults` single items of requests that were stored otherwise. Of the
    oldest segment set aside, `set_aside_since` says when it came (unix seconds), and `set_aside_reason` why.
    `parts_cut_short` are what a failing disk left of parts, the oldest since `cut_short_since`.
    `texts_redacted` are texts masked at the door, None where there is no door.
    `notices_…` are by channel: messages sent and attempts that failed since the start, and news of alarms
    that wait now or, in the last eight days, were lost. `settings_error` says why the file of settings could
    not be used when it was read last, `settings_read_at` when what counts was read (unix seconds).
    """

    spool_bytes: int
    segments_waiting: int
    segments_set_aside: int
    refusals: Mapping[str, int] = field(default_factory=dict[str, int])
    faults: Mapping[str, int] = field(default_factory=dict[str, int])
    set_aside_since: float | None = None
    set_aside_reason: str = ""
    store_restarts: int = 0
    notices_sent: Mapping[str, int] = field(default_factory=dict[str, int])
    notices_failed: Mapping[str, int] = field(default_factory=dict[str, int])
    notices_waiting: Mapping[str, int] = field(default_factory=dict[str, int])
    notices_lost: Mapping[str, int] = field(default_factory=dict[str, int])
    texts_redacted: int | None = None
    parts_cut_short: int = 0
    cut_short_since: float | None = None
    settings_error: str = ""
    settings_read_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store has to confess."""

    calls: questions.StoredCalls
    duplicates: Mapping[str, int]
    late_rows: int
    own: OwnCounters
    withdrawn: Withdrawn


def add_honesty(
    routes: APIRouter,
    store: Store,
    intake: Callable[[], Awaitable[Intake]],
    clock: Callable[[], float],
    behind: Behind | None = None,
) -> None:
    """Adds the route."""

    @routes.get("/api/honesty")
    async def honest() -> shapes.Honesty:
        now = int(clock())
        calls, twice, late, own, withdrawn = await asyncio.gather(
            questions.stored_calls(store, now),
            questions.duplicates(store),
            questions.late_rows(store),
            questions.own_counters(store, now - DAY_S, now),
            questions.withdrawals(store, now),
        )
        shown = _honesty(_Stored(calls, twice, late, own, withdrawn), await intake())
        shown.settings = await settings_behind(behind)
        return shown


def _honesty(stored: _Stored, intake: Intake) -> shapes.Honesty:
    return shapes.Honesty(
        calls=stored.calls.all,
        unpriced=stored.calls.unpriced,
        duplicates=dict(stored.duplicates),
        spool_bytes=intake.spool_bytes,
        segments_waiting=intake.segments_waiting,
        segments_set_aside=intake.segments_set_aside,
        rejected_requests=sum(intake.refusals.values()),
        rejected_items=sum(intake.faults.values()),
        refusals=dict(intake.refusals),
        faults=dict(intake.faults),
        late_rows=stored.late_rows,
        set_aside_since=intake.set_aside_since,
        set_aside_reason=intake.set_aside_reason,
        store_restarts=intake.store_restarts,
        notices_waiting=sum(intake.notices_waiting.values()),
        notices_lost=sum(intake.notices_lost.values()),
        settings_error=intake.settings_error,
        processes=stored.own.processes,
        shortfalls=[_shortfall(one, stored, intake) for one in SHORTFALLS if _is_shown(one, intake)],
    )


def _is_shown(one: Shortfall, intake: Intake) -> bool:
    """Without a door nothing is masked at it."""
    return one.id != "redacted_here" or intake.texts_redacted is not None


def _shortfall(one: Shortfall, stored: _Stored, intake: Intake) -> shapes.ShortfallNow:
    parts = _parts(one.id, stored, intake)
    count = None if parts is None else sum(parts.values())
    return shapes.ShortfallNow(
        id=one.id,
        title=pictures.words(one.title),
        counted=pictures.words(one.counted),
        means=pictures.words(one.means),
        remedy=pictures.words(one.remedy),
        harms=one.harms,
        count=count,
        share=None if count is None or one.of is None else _share(one.of, one.id, count, stored),
        parts={name: some for name, some in (parts or {}).items() if name and some},
        since=_waiting_since(one.id, stored, intake),
    )


def _parts(known: ShortfallId, stored: _Stored, intake: Intake) -> Mapping[str, int] | None:
    """The counts by why or where ("" where nothing splits them); None where nobody told."""
    told = stored.own.processes > 0
    every: dict[ShortfallId, Mapping[str, int] | None] = {
        "dropped": stored.own.dropped if told else None,
        "refused_requests": intake.refusals,
        "refused_items": intake.faults,
        "set_aside": {intake.set_aside_reason: intake.segments_set_aside},
        "cut_short": {"": intake.parts_cut_short},
        "expired": {"": stored.late_rows},
        "late": {"": stored.calls.late_of_the_day},
        "summed_anew": {"": stored.withdrawn.hours},
        "unpriced": {"": stored.calls.unpriced},
        "duplicates": stored.duplicates,
        "redacted": stored.own.redacted if told else None,
        "redacted_here": None if intake.texts_redacted is None else {"": intake.texts_redacted},
    }
    return every[known]


def _waiting_since(known: ShortfallId, stored: _Stored, intake: Intake) -> float | None:
    waiting = {
        "set_aside": intake.set_aside_since,
        "cut_short": intake.cut_short_since,
        "summed_anew": stored.withdrawn.since,
    }
    return waiting.get(known)


def _share(of: Share, known: ShortfallId, count: int, stored: _Stored) -> float | None:
    """The count as a share of calls; those that are not stored are part of the whole, too."""
    whole = stored.calls.all if of == "calls" else stored.calls.of_the_day
    if known in {"dropped", "duplicates"}:
        whole += count
    return count / whole if whole else None
