"""What the prompt cache saved and cost, in USD: the store adds tokens up, and the price book prices them.

What reads saved and what writes cost beyond uncached input is `price.cache`'s; of the latter

    lost = paid x the share of written tokens that nobody can have read

That share is taken over all calls of a model and feature in the time that is looked at, since a prompt is
read by the calls that share its beginning: 1 - read / written, and at least 0. It is an estimate. A token
read many times hides others that never were, so more may be lost; a token that is read after that time, or
by another feature, is not lost.

Over more than two days, calls have the rates of the first day of their month: a price that changes within a
month counts from the next one on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from kansoku.catalog.fields import CALLS
from kansoku.catalog.prices import RATE_KEY, Rates
from kansoku.price.cache import cache_usd
from kansoku.query import sql
from kansoku.query.cache_tokens import CACHE_CLASSES, CACHE_PARTS, SIZES, USES_CACHE
from kansoku.query.rolled import NOTHING, Held, Piece, pieces_of
from kansoku.query.scope import Scope
from kansoku.query.source import within
from kansoku.query.statement import Cells, Parameter, Statement, number, whole

Key = tuple[str, ...]
"""The values of `RATE_KEY`."""

RatesOf = Callable[[Key, date, int], Rates | None]
"""The rates that calls of a key paid on a day (UTC) for a prompt of so many tokens; None if unknown."""

_DAILY_S = 2 * 86_400
"""Up to so long, calls are priced by their day, beyond it by the first day of their month (both UTC)."""


@dataclass(slots=True)
class CacheDollars:
    """Of one model and feature: USD, and the tokens that they stand on; `calls` used the cache.

    `unpriced` are calls that used it and have no known price: they count in nothing else.
    """

    model: str
    feature: str
    calls: int = 0
    unpriced: int = 0
    read: float = 0.0
    written: float = 0.0
    saved: float = 0.0
    paid: float = 0.0

    @property
    def lost(self) -> float:
        """USD paid for tokens that nobody can have read in this time."""
        if not self.written or self.paid <= 0:
            return 0.0
        return self.paid * max(0.0, 1 - self.read / self.written)

    @property
    def net(self) -> float:
        """USD that the cache saved in all, below 0 where it cost more."""
        return self.saved - self.paid


@dataclass(frozen=True, slots=True)
class CacheBill:
    """Every model and feature whose calls used the cache, those with the most at stake first."""

    parts: Sequence[CacheDollars] = field(default_factory=tuple[CacheDollars, ...])

    def total(self, of: Callable[[CacheDollars], float]) -> float | None:
        """A figure added up over all parts; None where no priced call used the cache."""
        if not any(one.calls for one in self.parts):
            return None
        return sum(map(of, self.parts))


def asked(scope: Scope, held: Held = NOTHING) -> Statement:
    """The statement for the calls of a scope that used the cache.

    Raises:
        DefinitionError: If the table lacks a filtered field.
    """
    scope.check(CALLS)
    found = pieces_of(scope, CALLS.table, CACHE_PARTS, (*RATE_KEY, "feature"), held)
    # Each value is one more to group by, of hundreds of keys: over weeks that takes many times as long.
    day = "toDate" if scope.end - scope.begin <= _DAILY_S else "toStartOfMonth"
    bound: dict[str, Parameter] = dict(scope.filters)
    texts: list[str] = []
    for place, piece in enumerate(found):
        where, times = within(piece, place)
        texts.append(_piece(piece, day, " AND ".join((where, *sql.filtered(scope, CALLS)))))
        bound |= times
    keys = ", ".join((*RATE_KEY, "feature"))
    told = ", ".join(f"toString({name})" for name in (*RATE_KEY, "feature", "day"))
    sums = [f"{part.merged} AS v{at}" for at, part in enumerate(CACHE_PARTS)]
    values = ", ".join(f"v{at}" for at in range(len(CACHE_PARTS)))
    used = " + ".join(f"v{at}" for at, part in enumerate(CACHE_PARTS) if part.kind == "count")
    text = (
        f"SELECT {told}, {values} FROM (SELECT {keys}, day, {', '.join(sums)}"
        f" FROM ({' UNION ALL '.join(texts)}) GROUP BY {keys}, day) WHERE {used} > 0"
    )
    return Statement(text, bound)


def _piece(piece: Piece, day: str, where: str) -> str:
    keys = ", ".join((*RATE_KEY, "feature"))
    if piece.rollup is not None:
        columns = ", ".join(part.column for part in CACHE_PARTS)
        return f"SELECT {keys}, {day}(begin) AS day, {columns} FROM {piece.rollup.name} WHERE {where}"
    columns = ", ".join(f"{part.base} AS {part.column}" for part in CACHE_PARTS)
    return (
        f"SELECT {keys}, {day}(time) AS day, {columns} FROM {CALLS.table}"
        f" WHERE {where} AND {USES_CACHE} GROUP BY {keys}, day"
    )


def bill(rows: Iterable[Cells], rates_of: RatesOf) -> CacheBill:
    """What the statement's rows say at those rates."""
    parts: dict[tuple[str, str], CacheDollars] = {}
    for row in rows:
        key = tuple(map(str, row[: len(RATE_KEY)]))
        who, day, bare, *sums = row[len(RATE_KEY) :]
        model = key[RATE_KEY.index("response_model")] or key[RATE_KEY.index("request_model")]
        each = 1 + len(CACHE_CLASSES)
        by_size = [sums[at : at + each] for at in range(0, len(sums), each)]
        part = parts.setdefault((model, str(who)), CacheDollars(model, str(who)))
        part.unpriced += whole(bare)
        for longer_than, (calls, *tokens) in zip(SIZES, by_size, strict=True):
            if whole(calls):
                rates = rates_of(key, date.fromisoformat(str(day)), longer_than + 1)
                _add(part, whole(calls), [number(one) or 0.0 for one in tokens], rates)
    return CacheBill(sorted(parts.values(), key=_most_first))


def _most_first(one: CacheDollars) -> tuple[float, str, str]:
    return -(one.saved + abs(one.paid)), one.model, one.feature


def _add(part: CacheDollars, calls: int, tokens: Sequence[float], rates: Rates | None) -> None:
    """Adds calls alike; those of which a rate that they need is not known are unpriced."""
    read, written_5m, written_1h = tokens
    usd = None if rates is None else cache_usd(read, written_5m, written_1h, rates)
    if usd is None:
        part.unpriced += calls
        return
    part.calls += calls
    part.read += read
    part.written += written_5m + written_1h
    part.saved += usd.saved
    part.paid += usd.premium
