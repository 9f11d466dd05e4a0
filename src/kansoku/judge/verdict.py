"""Is the AI feature working? One state, one sentence, and the reasons for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kansoku.catalog.fields import CALLS
from kansoku.catalog.indicators import DOWN_AT_LEAST, DOWN_FROM_ERROR_RATE, INDICATORS, indicator
from kansoku.catalog.measures import Both, Count, Measure, Present, Reading, Sum
from kansoku.catalog.outcomes import ENDED, FAILED, IS_CHAT
from kansoku.catalog.panels import Bars, Breakdown, Line
from kansoku.catalog.text import Text
from kansoku.judge import figures, phrases
from kansoku.judge.standing import Standing, standing

State = Literal["working", "degraded", "down", "no_data"]

WORDS: Mapping[State, Text] = {
    "working": Text("WORKING", "正常"),
    "degraded": Text("DEGRADED", "低下"),
    "down": Text("DOWN", "停止"),
    "no_data": Text("NO DATA", "データなし"),
}

BESIDES: Mapping[str, Measure] = {
    "calls": Count(CALLS, IS_CHAT),
    "spent": Sum(CALLS, ("cost_usd",)),
    "unpriced": Count(CALLS, Present("unpriced_reason")),
}
"""What a sentence tells besides the indicators, over the window that is looked at."""

MOST_FREQUENT_ERROR = Bars(
    "most_frequent_error",
    Text("Most frequent error", "最多のエラー"),
    Text("The error type of most failed calls.", "失敗した呼び出しで最も多いエラー種別。"),
    "calls",
    Count(CALLS, Both((ENDED, FAILED))),
    "error_type",
    top=1,
)

BY_SERVICE = Breakdown(
    "failures_by_service",
    Text("Failures by service", "サービス別の失敗"),
    Text(
        "Failed calls of each service, of those that ended.", "サービスごとの、終了した呼び出しのうちの失敗。"
    ),
    "service",
    Text("Service", "サービス"),
    (
        Line("failed", Text("Failed", "失敗"), Count(CALLS, Both((ENDED, FAILED)))),
        Line("ended", Text("Ended", "終了"), Count(CALLS, ENDED)),
    ),
    top=50,
)
"""A small service that is broken is hidden by a large one that is well."""

_NAMED = 2
"""So many missed objectives are told in the sentence; the reasons have them all."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is judged: the readings of every indicator by name and of `BESIDES`, over one window.

    `services` has the error rate of each service that had failures. `of`
    has the values that are filtered by. `chosen` says that the window was chosen: it need not end now.
    """

    window_s: int
    readings: Mapping[str, Reading]
    besides: Mapping[str, Reading]
    most_frequent_error: str | None = None
    of: tuple[str, ...] = ()
    chosen: bool = False
    services: Mapping[str, Reading] = field(default_factory=dict[str, Reading])


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state, the sentence that tells it, the reasons behind it, and where each indicator stands."""

    state: State
    sentence: Text
    reasons: tuple[Text, ...]
    standings: tuple[Standing, ...]

    @property
    def headline(self) -> Text:
        """The sentence with the state's word in front: "DOWN: 18 of 20 calls failed …"."""
        word = WORDS[self.state]
        return Text(f"{word.en}: {self.sentence.en}", f"{word.ja}: {self.sentence.ja}")


def verdict(evidence: Evidence) -> Verdict:
    """The judgement. `down` needs most calls failing, `degraded` an objective that is broken, or a service.

    Too few calls to tell a failing feature from bad luck are `no_data`, never `working`.
    """
    standings = tuple(standing(known, evidence.readings[known.name]) for known in INDICATORS)
    errors = evidence.readings["error_rate"]
    failing = errors.value is not None and errors.value >= DOWN_FROM_ERROR_RATE
    broken = [found for found in standings if found.state == "breach"]
    if failing and errors.n >= DOWN_AT_LEAST:
        return Verdict("down", _down(evidence), _reasons(evidence, standings), standings)
    if broken or _broken_services(evidence):
        told = _degraded(evidence, broken)
        return Verdict("degraded", told, _reasons(evidence, standings), standings)
    if errors.n == 0 or failing:
        return Verdict("no_data", _nothing(evidence), _reasons(evidence, standings), standings)
    return Verdict("working", _working(evidence), _reasons(evidence, standings), standings)


def _window(evidence: Evidence) -> Text:
    return phrases.chosen(evidence.window_s) if evidence.chosen else phrases.window(evidence.window_s)


def _working(evidence: Evidence) -> Text:
    errors, p95 = evidence.readings["error_rate"], evidence.readings["latency_p95"].value
    succeeded = figures.amount(1 - _failed(errors) / errors.n, "ratio")
    window, scope = _window(evidence), phrases.scope(evidence.of)
    en = [f"{succeeded.en} of {phrases.rows('call', errors.n).en}{scope.en} succeeded in {window.en}"]
    ja = [f"{scope.ja}{window.ja}の{figures.count(errors.n)}件のうち{succeeded.ja}が成功"]
    if p95 is not None:
        shown = figures.amount(p95, "s")
        en.append(f"P95 {shown.en}")
        ja.append(f"P95 {shown.ja}")
    if cost := _cost(evidence):
        en.append(cost.en)
        ja.append(cost.ja)
    return Text(f"{'; '.join(en)}.", f"{'、'.join(ja)}。")


def _cost(evidence: Evidence) -> Text | None:
    """What the window cost. Calls without a price are named, or the sum would pass for the whole."""
    spent, unpriced = evidence.besides["spent"].value, evidence.besides["unpriced"].n
    shown = figures.amount(spent, "usd") if spent is not None else None
    if not unpriced:
        return shown
    calls = phrases.rows("call", unpriced)
    rest = Text(f"{calls.en} without a known price", f"価格不明 {calls.ja}")
    if shown is None:
        return Text(f"cost unknown ({rest.en})", f"コスト不明({rest.ja})")
    return Text(f"at least {shown.en} ({rest.en})", f"{shown.ja}以上({rest.ja})")


def _down(evidence: Evidence) -> Text:
    errors = evidence.readings["error_rate"]
    failed, window = _failed(errors), _window(evidence)
    scope, most = phrases.scope(evidence.of), _most_often(evidence)
    calls = phrases.rows("call", errors.n)
    return Text(
        f"{failed:,} of {calls.en}{scope.en} failed in {window.en}{most.en}.",
        f"{scope.ja}{window.ja}の{calls.ja}のうち{failed:,}件が失敗{most.ja}。",
    )


def _degraded(evidence: Evidence, broken: Sequence[Standing]) -> Text:
    """The gravest first: the error rate, which says all that availability would, then the others."""
    names = {found.indicator.name for found in broken}
    if "error_rate" in names:
        broken = [found for found in broken if found.indicator.name != "availability"]
    services = _broken_services(evidence)
    told = [_of_service(*one) for one in services[:_NAMED]]
    told += [_broken(evidence, found) for found in broken[:_NAMED]]
    more = len(broken) + len(services) - len(told)
    window, scope = _window(evidence), phrases.scope(evidence.of)
    en, ja = "; ".join(text.en for text in told), "。".join(text.ja for text in told)
    return Text(
        f"{en}{f'; and {more} more' if more else ''}{scope.en}, in {window.en}.",
        f"{scope.ja}{window.ja}で、{ja}{f'、ほか{more}項目' if more else ''}。",
    )


def _broken_services(evidence: Evidence) -> list[tuple[str, Reading]]:
    """The services of which most calls fail or too many, where there are others, the worst first."""
    known, every = indicator("error_rate"), evidence.readings["error_rate"].n
    found = [
        (name, one)
        for name, one in evidence.services.items()
        if one.n < every
        and (
            standing(known, one).state == "breach"
            or (one.n >= DOWN_AT_LEAST and (one.value or 0.0) >= DOWN_FROM_ERROR_RATE)
        )
    ]
    return sorted(found, key=lambda each: (-(each[1].value or 0.0), -each[1].n, each[0]))


def _of_service(name: str, found: Reading) -> Text:
    failed, calls = _failed(found), phrases.rows("call", found.n)
    return Text(
        f"{failed:,} of {calls.en} of {f'service “{name}”' if name else 'services without a name'} failed",
        f"{f'サービス「{name}」' if name else '名前のないサービス'}の{calls.ja}のうち{failed:,}件が失敗",
    )


def _broken(evidence: Evidence, found: Standing) -> Text:
    text = phrases.stands(found)
    if found.indicator.name not in ("error_rate", "availability"):
        return text
    most = _most_often(evidence)
    return Text(f"{text.en}{most.en}", f"{text.ja}{most.ja}")


def _nothing(evidence: Evidence) -> Text:
    errors, begun = evidence.readings["error_rate"], evidence.besides["calls"].n
    window, scope = _window(evidence), phrases.scope(evidence.of)
    if errors.n:
        failed = f"{_failed(errors)} of {phrases.rows('call', errors.n).en}{scope.en} failed"
        return Text(
            f"too few calls to judge: {failed} in {window.en}.",
            f"{scope.ja}{window.ja}の{errors.n}件のうち{_failed(errors)}件が失敗。"
            "判断には呼び出しが少なすぎます。",
        )
    if begun:
        return Text(
            f"none of {phrases.rows('call', begun).en}{scope.en} ran to its end in {window.en}.",
            f"{scope.ja}{window.ja}の{begun:,}件に、最後まで実行された呼び出しがありません。",
        )
    return Text(
        f"no call of Claude{scope.en} in {window.en}.",
        f"{scope.ja}{window.ja}に Claude の呼び出しがありません。",
    )


def _reasons(evidence: Evidence, standings: Sequence[Standing]) -> tuple[Text, ...]:
    """Every broken service and objective, then what looks broken on too few rows to say so."""
    services = (_of_service(*one) for one in _broken_services(evidence))
    broken = (_broken(evidence, found) for found in standings if found.state == "breach")
    unsure = (_unsure(found) for found in standings if found.state == "low_sample" and found.missed)
    return (*map(phrases.sentence, services), *map(phrases.sentence, broken), *unsure)


def _unsure(found: Standing) -> Text:
    text = phrases.sentence(phrases.stands(found))
    return Text(f"{text.en[:-1]}: too few to judge.", f"{text.ja[:-1]}: 判断には少なすぎます。")


def _most_often(evidence: Evidence) -> Text:
    kind = evidence.most_frequent_error
    return Text(f", most often {kind}", f"、最多は {kind}") if kind else Text("", "")


def _failed(errors: Reading) -> int:
    return round((errors.value or 0) * errors.n)
