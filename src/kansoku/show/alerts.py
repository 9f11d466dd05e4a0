"""The routes of alerts: where they stand, what they did, and silences."""

from collections.abc import Callable, Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError

from kansoku.catalog.text import Text
from kansoku.catalog.windows import window_seconds
from kansoku.errors import SettingError
from kansoku.judge.alarm import Alarm
from kansoku.judge.alert_figure import alert_figure
from kansoku.judge.quiet import Matcher, Silence, Wanted, unmet
from kansoku.judge.watched import AlarmNow, AlertNow, Past, Watched
from kansoku.show.alert_shapes import (
    AlarmShape,
    AlertShape,
    AlertsShape,
    CauseShape,
    CountsShape,
    HistoryShape,
    MatcherShape,
    PastShape,
    SilenceAsked,
    SilenceShape,
    SilencesShape,
)
from kansoku.show.origin import same_origin
from kansoku.show.pictures import words
from kansoku.show.refusals import RequestRefused

_BODY_BYTES = 64 * 1024
_MOST_CHANGES = 1000
_ASKED = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SilenceAsked.model_json_schema()}},
    }
}


class Watching(Protocol):
    """What evaluates the alerts, as far as it is shown. Times are unix seconds."""

    def now(self) -> Watched:
        """Where all alerts stand."""
        ...

    async def history(self, begin: float, end: float, limit: int) -> Sequence[Past]:
        """The changes from `begin` until before `end`, the newest first, at most `limit`."""
        ...

    async def silences(self) -> Sequence[Silence]:
        """Every silence that is not long over."""
        ...

    async def silence(self, wanted: Wanted) -> Silence:
        """The silence that was made, or changed if it is named.

        Raises:
            SettingError: If it cannot be so; the message begins with the field and says the mend.
        """
        ...

    async def expire(self, name: str) -> Silence:
        """The silence, which is over from now on.

        Raises:
            SettingError: If there is none of that name.
        """
        ...


def alert_routes(watching: Watching, clock: Callable[[], float]) -> APIRouter:
    """The routes under `/api/alerts` and `/api/silences`.

    Args:
        watching: What evaluates the alerts.
        clock: Gives the present in unix seconds.
    """
    routes = APIRouter()

    @routes.get("/api/alerts")
    async def alerts() -> AlertsShape:
        return _alerts(watching.now())

    @routes.get("/api/alerts/history")
    async def history(
        window: str = "24h", limit: Annotated[int, Query(ge=1, le=_MOST_CHANGES)] = _MOST_CHANGES
    ) -> HistoryShape:
        end = clock()
        begin = end - _seconds(window)
        found = await watching.history(begin, end, limit + 1)
        changes = [_past(one) for one in found[:limit]]
        return HistoryShape(begin=begin, end=end, changes=changes, truncated=len(found) > limit)

    @routes.get("/api/silences")
    async def silences() -> SilencesShape:
        told, found = await watching.silences(), watching.now()
        return SilencesShape(silences=[_silence(one, found, clock()) for one in told])

    @routes.post("/api/silences", openapi_extra=_ASKED)
    async def silence(request: Request) -> SilenceShape:
        same_origin(request)
        asked = await _asked(request)
        try:
            made = await watching.silence(_wanted(asked))
        except SettingError as error:
            raise RequestRefused(str(error), field=str(error).partition(":")[0]) from None
        return _silence(made, watching.now(), clock())

    @routes.delete("/api/silences/{name}")
    async def expire(name: str, request: Request) -> SilenceShape:
        same_origin(request)
        try:
            return _silence(await watching.expire(name), watching.now(), clock())
        except SettingError as error:
            raise RequestRefused(str(error), status=404, field="id") from None

    return routes


def firing(found: Watched) -> list[Text]:
    """The alarms that fire now and for which no other speaks: what is wrong, and of what."""
    alarms = (one.told.alarm for one in found.firing if not one.inhibited_by and not one.silenced_by)
    return [_named(one) for one in alarms if one.alert.severity != "info"]


def _named(alarm: Alarm) -> Text:
    title = alarm.alert.title
    labels = ", ".join(alarm.labels.values())
    return Text(f"{title.en} ({labels})", f"{title.ja}({labels})") if labels else title


def _seconds(window: str) -> int:
    try:
        return window_seconds(window)
    except SettingError as error:
        raise RequestRefused(str(error), field="window") from None


async def _asked(request: Request) -> SilenceAsked:
    """What is to be silenced."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise RequestRefused(f"body: it is over {_BODY_BYTES} bytes", status=413, field="body")
    try:
        return SilenceAsked.model_validate_json(bytes(body))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise RequestRefused(f"{field}: {first['msg']}", field=field) from None


def _wanted(asked: SilenceAsked) -> Wanted:
    matchers = tuple(Matcher(one.label, one.value) for one in asked.matchers)
    return Wanted(matchers, asked.who, asked.why, asked.begins, asked.ends, asked.id)


def _alerts(found: Watched) -> AlertsShape:
    counts = found.counts
    return AlertsShape(
        evaluated_at=found.evaluated_at,
        every_s=found.every_s,
        took_s=found.took_s,
        leads=found.leads,
        counts=CountsShape(
            evaluations=counts.evaluations,
            missed=counts.missed,
            failures=counts.failures,
            unsaved=counts.unsaved,
            untold=counts.untold,
        ),
        set_aside=found.set_aside,
        settings_error=found.refused,
        alerts=list(map(_alert, found.alerts)),
        active=list(map(_alarm, found.alarms)),
    )


def _alert(now: AlertNow) -> AlertShape:
    alert, figure = now.alert, alert_figure(now.alert.test)
    return AlertShape(
        name=alert.name,
        title=words(alert.title),
        why=words(alert.why),
        todo=words(alert.todo),
        severity=alert.severity,
        group=alert.group,
        by=alert.by,
        for_s=alert.for_s,
        keep_firing_for_s=alert.keep_firing_for_s,
        slo=alert.slo,
        unit=figure.unit,
        bound=figure.bound,
        state=now.state,
        health=now.health or "unknown",
        error=now.error,
    )


def _alarm(now: AlarmNow) -> AlarmShape:
    alarm = now.told.alarm
    return AlarmShape(
        fingerprint=alarm.fingerprint,
        name=alarm.alert.name,
        labels=dict(alarm.labels),
        state=alarm.state,
        value=alarm.value,
        active_since=alarm.active_since,
        fired_at=alarm.fired_at,
        resolved_at=alarm.resolved_at,
        causes=[CauseShape(field=one.field, value=one.value, share=one.share) for one in now.told.causes],
        budget_left=now.told.budget_left,
        silenced_by=list(now.silenced_by),
        inhibited_by=list(now.inhibited_by),
    )


def _past(one: Past) -> PastShape:
    return PastShape(
        at=one.at,
        name=one.alert,
        title=words(one.title),
        severity=one.severity,
        group=one.group,
        fingerprint=one.fingerprint,
        labels=one.labels,
        before=one.before,
        state=one.state,
        value=one.value,
        active_since=one.active_since,
        fired_at=one.fired_at,
    )


def _silence(one: Silence, found: Watched, now: float) -> SilenceShape:
    state = one.state(now)
    wrong = unmet(one, (each.alert for each in found.alerts)) if state != "expired" else ()
    return SilenceShape(
        id=one.name,
        matchers=[MatcherShape(label=each.label, value=each.value) for each in one.matchers],
        who=one.who,
        why=one.why,
        begins=one.begins,
        ends=one.ends,
        made_at=one.made_at,
        state=state,
        warnings=list(map(words, wrong)),
    )
