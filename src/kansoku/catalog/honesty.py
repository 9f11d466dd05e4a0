"""What the numbers do not hold, or hold otherwise than it happened: each by its name, meaning and remedy."""

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.text import Text

ShortfallId = Literal[
    "dropped",
    "refused_requests",
    "refused_items",
    "set_aside",
    "cut_short",
    "expired",
    "late",
    "summed_anew",
    "unpriced",
    "duplicates",
    "redacted",
    "redacted_here",
]
Share = Literal["calls", "calls_of_the_day"]
"""What a count is a share of: all stored calls, or those stored in the last 24 hours."""

LATE_S = 300
"""A call that is stored so long after it ended came late: what was read of its time before was too small."""

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One kind of thing left out.

    `counted` says what is counted, and since when; `harms` whether a number on the page is wrong for it.
    """

    id: ShortfallId
    title: Text
    counted: Text
    means: Text
    remedy: Text
    harms: bool
    of: Share | None = None


SETTINGS_UNREAD = Text(
    "{0} on the disk is not what the server counts by: it was changed and not read again. Run kansoku "
    "reload, or send the server SIGHUP.",
    "{0} は変更後に再読み込みされておらず、有効な設定と異なります。kansoku reload を実行するか、サーバーに "
    "SIGHUP を送ってください。",
)
SETTINGS_REFUSED = Text(
    "The settings in force are older than the file, which cannot be used: {0}. Mend it and run "
    "kansoku reload.",
    "設定ファイルを使用できないため、以前の設定のまま動作しています: {0}。直して kansoku reload を"
    "実行してください。",
)
SETTINGS_AT_START = Text(
    "{0} changed in the file of settings and counts from the server's next start: start it anew.",
    "設定ファイルの {0} の変更は、サーバーを再起動すると有効になります。",
)
"""What of the file of settings does not count, and what to do."""

_SINCE_START = Text("{0} since the server's start", "{0}(サーバー起動後)")


def _since_start(en: str, ja: str) -> Text:
    return _SINCE_START.format((en,), (ja,))


SHORTFALLS: tuple[Shortfall, ...] = (
    Shortfall(
        "dropped",
        Text("Dropped in the application", "アプリケーションでの破棄"),
        Text("records in the last 24 hours", "件(直近 24 時間)"),
        Text(
            "Applications made more than they could send, or could not reach this server. "
            "Calls are missing from every number.",
            "送信が追いつかないか、このサーバーに届きませんでした。すべての数字から欠けています。",
        ),
        Text(
            "Look at the reason: “endpoint unreachable” is the network or this server, “buffer full” and "
            "“queue full” are a burst; “cardinality” is a label with too many values.",
            "理由: endpoint unreachable はネットワークかサーバー、buffer full と queue full は一時的な集中、"
            "cardinality は値の多すぎるラベルです。",
        ),
        harms=True,
        of="calls_of_the_day",
    ),
    Shortfall(
        "refused_requests",
        Text("Requests refused", "拒否したリクエスト"),
        _since_start("requests", "件"),
        Text(
            "They could not be read, were too large, or came while the disk was full. Senders try again what "
            "was only too much at once.",
            "読めない、大きすぎる、またはディスクが一杯の間に届いたものです。一時的な過負荷は送信側が再送します。",
        ),
        Text(
            "The reason names the fault: mend the sender, or make room on the disk.",
            "理由に従って送信側を直すか、ディスクに空きを作ってください。",
        ),
        harms=True,
    ),
    Shortfall(
        "refused_items",
        Text("Items refused", "拒否した項目"),
        _since_start("spans, log records and data points", "件のスパン・ログ・データ点"),
        Text(
            "Single items of requests that were stored otherwise. The sender was told so.",
            "リクエストの一部だけを拒否しました。送信側には通知済みです。",
        ),
        Text(
            "The reason names the fault: “time” is a clock that is off, “identity” and “unreadable” a broken "
            "exporter.",
            "理由を確認してください。time は時計のずれ、identity と unreadable は送信側の不具合です。",
        ),
        harms=True,
    ),
    Shortfall(
        "set_aside",
        Text("Set aside", "取り置き"),
        Text("segments now", "個のセグメント(現在)"),
        Text(
            "Acknowledged data that the store could not take. It is kept on the disk and in no number.",
            "受信済みですが保存できないデータです。ディスクにありますが、数字には入っていません。",
        ),
        Text("kansoku store retry tries them again.", "kansoku store retry で再試行できます。"),
        harms=True,
    ),
    Shortfall(
        "cut_short",
        Text("Cut short by the disk", "ディスクで途切れたパート"),
        Text("parts of tables now", "個のテーブルのパート(現在)"),
        Text(
            "A full or failing disk did not take what the database wrote. Their rows come again from the "
            "spool, or are in the parts that these were merged from. What rots later is only in a backup.",
            "容量不足や故障のディスクに書き込めなかったものです。行はスプールから保存し直すか、統合前のパートに"
            "残っています。書き込んだ後に壊れたものは、バックアップにしかありません。",
        ),
        Text(
            "Look at the disk. kansoku store discard removes them, once no segment from before waits.",
            "ディスクを確認してください。以前のセグメントの保存が終わっていれば、kansoku store discard で"
            "削除できます。",
        ),
        harms=False,
    ),
    Shortfall(
        "expired",
        Text("Came after their day was over", "保存期間後に届いたデータ"),
        Text("rows in the store's log", "行(記録の全期間)"),
        Text(
            "Rows older than what is kept. They were dropped as they came.",
            "保存期間より古いため、届いた時点で削除しました。",
        ),
        Text(
            "Keep more days ([retention] in kansoku.toml), or look for a sender that was cut off for long or "
            "whose clock is off.",
            "保存日数(kansoku.toml の [retention])を増やすか、長く切断していた送信側や"
            "時計のずれを確認してください。",
        ),
        harms=True,
    ),
    Shortfall(
        "late",
        Text("Came late", "遅れて届いた呼び出し"),
        Text("calls in the last 24 hours", "件の呼び出し(直近 24 時間)"),
        Text(
            "Stored more than 5 minutes after they ended. They count in the hour in which they happened, so "
            "that hour's numbers have changed since; alerts of that time did not see them.",
            "終了から 5 分より後に保存されました。発生した時間帯に数えるため、数字は後から変わっています。"
            "当時のアラートには含まれていません。",
        ),
        Text(
            "A sender with a queue of its own or a bad network explains it; a Collector's retry does, too.",
            "送信側の待ち行列、ネットワーク、Collector の再送が原因として考えられます。",
        ),
        harms=False,
        of="calls_of_the_day",
    ),
    Shortfall(
        "summed_anew",
        Text("Sums being made anew", "作り直し中の集計"),
        Text("hours that late calls came into", "時間分(遅れて届いた呼び出しを含む時間帯)"),
        Text(
            "Calls came into hours that were summed already. Until these are summed anew they are read call "
            "by call: the numbers are right, long windows take longer.",
            "集計済みの時間帯に呼び出しが届きました。作り直すまでは呼び出しを一件ずつ読むため、数字は正しく、"
            "長い期間の表示に時間がかかります。",
        ),
        Text(
            "Nothing has to be done: hours take a minute or so, half days 12, the days of users' sums up to "
            "96.",
            "対応は不要です。1 時間ごとの集計は約 1 分、半日は 12 分、ユーザー別の日ごとの集計は最長 96 分で"
            "作り直します。",
        ),
        harms=False,
    ),
    Shortfall(
        "unpriced",
        Text("Without a price", "価格不明"),
        Text("calls in the store", "件の呼び出し(全保存期間)"),
        Text(
            "Their model is in no price table. Costs leave them out and are too small; other numbers hold "
            "them.",
            "価格表にないモデルです。コストには含まれず、実際より少なく表示されます。他の数字には含まれます。",
        ),
        Text(
            "Give the model's price under [[prices]] in kansoku.toml, then run kansoku reprice.",
            "kansoku.toml の [[prices]] に価格を書き、kansoku reprice を実行してください。",
        ),
        harms=True,
        of="calls",
    ),
    Shortfall(
        "duplicates",
        Text("Told twice, counted once", "重複(1 件として計数)"),
        Text("calls in the store", "件の呼び出し(全保存期間)"),
        Text(
            "Two instrumentations told of the same call. It counts once, by the better of the two.",
            "同じ呼び出しを 2 つの計装が報告しました。情報の多い方で 1 件と数えます。",
        ),
        Text(
            "Nothing has to be done; turning one of the two off saves the traffic.",
            "対応は不要です。片方を止めると通信量が減ります。",
        ),
        harms=False,
        of="calls",
    ),
    Shortfall(
        "redacted",
        Text("Masked in the application", "アプリケーションでの秘匿化"),
        Text("facts and log lines in the last 24 hours", "件の記録とログ行(直近 24 時間)"),
        Text(
            "Something personal or secret was found in a text and masked before it left. No number changes; "
            "a text may be harder to read.",
            "個人情報や秘密を送信前に伏せました。数字への影響はありませんが、文面は読みにくくなります。",
        ),
        Text(
            "If too much is masked, allow it under [redaction] in kansoku.toml.",
            "伏せすぎる場合は kansoku.toml の [redaction] で許可してください。",
        ),
        harms=False,
    ),
    Shortfall(
        "redacted_here",
        Text("Masked at this server's door", "サーバー受信時の秘匿化"),
        _since_start("texts", "件の文字列"),
        Text(
            "Other emitters sent something personal or secret; it was masked before it was written.",
            "他の送信元からの個人情報や秘密を、書き込む前に伏せました。",
        ),
        Text(
            "Redact it where it is made: it has crossed the network by then.",
            "ネットワークを通る前に、送信元で伏せることをお勧めします。",
        ),
        harms=False,
    ),
)
"""In the order in which they are shown."""
