"""The alarm of a test message: it looks like any other and says that it is none."""

from dataclasses import replace

from kansoku.catalog.text import Language, Text
from kansoku.judge.notice import Cause
from kansoku.notify.item import Item
from kansoku.settings.channels import Channel

_LASTED_S = 60.0


def rehearsal(now: float) -> Item:
    """An alarm that fires at that time, in unix seconds. Its fingerprint is no other alarm's."""
    return Item(
        "KansokuTest",
        Text("Test message from Kansoku", "Kansoku のテスト通知"),
        Text("Nothing is wrong: somebody tests this channel.", "異常はありません。チャネルのテストです。"),
        Text("Nothing is to be done.", "対応は不要です。"),
        "info",
        "test",
        {},
        f"kansoku-test-{int(now)}",
        "firing",
        0.092,
        Text("9.2 % (alerts above 5 % over 5 minutes)", "9.2%(5分で 5% 超)"),
        now,
        None,
        now - _LASTED_S,
        (Cause("feature", "example", 0.71),),
        0.5,
        test=True,
    )


def ended(item: Item, now: float) -> Item:
    """The alarm once it has ended."""
    return replace(item, state="resolved", resolved_at=now)


def in_language(channel: Channel, language: Language) -> Channel:
    """The channel with messages in that language."""
    return replace(channel, common=replace(channel.common, language=language))
