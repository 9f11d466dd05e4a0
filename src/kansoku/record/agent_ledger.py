"""The running totals of an agent's process, and what of them has been told already.

`ResultMessage.model_usage` counts on over every run of a process and begins again at 0 when the
conversation is cleared. So a run's own figures are differences, and what its calls told is taken off:
each token and each dollar is counted once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from kansoku.record.facts import Usage
from kansoku.record.reading import Json, count, plain, text

_A_MICRODOLLAR = 1e-6


@dataclass(frozen=True, slots=True)
class Amounts:
    """Tokens, searches and USD of one model. `usd` is None where the process told none."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    web_search_requests: int = 0
    usd: float | None = None

    def minus(self, other: "Amounts") -> "Amounts":
        """What is left, nothing of it below 0: a counter cannot take back what was told."""
        left = {name: max(0, getattr(self, name) - getattr(other, name)) for name in _COUNTS}
        usd = None if self.usd is None else max(0.0, self.usd - (other.usd or 0.0))
        return Amounts(**left, usd=usd)

    def plus(self, other: "Amounts") -> "Amounts":
        """Both together."""
        known = [each for each in (self.usd, other.usd) if each is not None]
        both = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return Amounts(**both, usd=sum(known) if known else None)

    def is_below(self, other: "Amounts") -> bool:
        """Whether any of it is lower, as no total that runs on can be."""
        lower = any(getattr(self, name) < getattr(other, name) for name in _COUNTS)
        return lower or (self.usd or 0.0) < (other.usd or 0.0) - _A_MICRODOLLAR

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to tell."""
        return not any(getattr(self, name) for name in _COUNTS) and (self.usd or 0.0) < _A_MICRODOLLAR / 1e3


_COUNTS = tuple(each.name for each in fields(Amounts) if each.name != "usd")
NOTHING_TOLD = Amounts()


@dataclass(slots=True)
class Ledger:
    """Totals by the process's own name for a model; what calls told since, by the API's name."""

    totals: dict[str, Amounts] = field(default_factory=dict[str, Amounts])
    told: dict[str, Amounts] = field(default_factory=dict[str, Amounts])

    def clear(self) -> None:
        """The conversation was cleared: totals begin again at 0. What was told went with them."""
        self.totals, self.told = {}, {}

    def tell(self, model: str, usage: Usage, usd: float | None) -> None:
        """A call told its tokens, and its price where that was recorded with it."""
        told = Amounts(
            usage.input_tokens or 0,
            usage.output_tokens or 0,
            usage.cache_read_tokens or 0,
            usage.cache_write_tokens or 0,
            usage.web_search_requests or 0,
            usd,
        )
        self.told[model] = self.told.get(model, NOTHING_TOLD).plus(told)

    def rest(self, model_usage: Json) -> dict[str, Amounts]:
        """By model: what the new totals hold that neither an earlier result nor a call has told."""
        new = {name: _amounts(plain(each)) for name, each in model_usage.items()}
        if any(new.get(name, NOTHING_TOLD).is_below(before) for name, before in self.totals.items()):
            self.totals = {}  # lower than before: begun again
        rest: dict[str, Amounts] = {}
        for name, total in new.items():
            model = _name_of(name, plain(model_usage[name]), self.told)
            difference = total.minus(self.totals.get(name, NOTHING_TOLD))
            rest[model] = rest.get(model, NOTHING_TOLD).plus(difference)
        rest = {model: each.minus(self.told.get(model, NOTHING_TOLD)) for model, each in rest.items()}
        self.totals, self.told = new, {}
        return {model: each for model, each in rest.items() if not each.is_nothing}


def _name_of(name: str, told: Json, known: Mapping[str, Amounts]) -> str:
    """The API's name for the model that the process calls `name` (a cloud's id, one with `[1m]`)."""
    names = (name, text(told, "canonicalModel"), name.partition("[")[0])
    exact = next((each for each in names if each in known), None)
    alike = next((each for each in known if each and any(each in one for one in names)), None)
    return exact or alike or names[1] or names[2]


def _amounts(data: Json) -> Amounts:
    """One model's totals, in the names of `ModelUsage`."""
    usd = data.get("costUSD")
    return Amounts(
        count(data, "inputTokens") or 0,
        count(data, "outputTokens") or 0,
        count(data, "cacheReadInputTokens") or 0,
        count(data, "cacheCreationInputTokens") or 0,
        count(data, "webSearchRequests") or 0,
        float(usd) if isinstance(usd, int | float) and not isinstance(usd, bool) else None,
    )
