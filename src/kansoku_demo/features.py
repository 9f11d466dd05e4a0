"""The features of the demo app: their instructions, models, and what is asked and answered."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import random

    from kansoku_demo.personas import Language

FeatureName: TypeAlias = Literal[
    "support_chat",
    "search_summary",
    "ticket_triage",
    "code_review",
    "translation",
    "knowledge_answers",
]

OPUS = "claude-opus-5-5"
SONNET = "claude-sonnet-5-5"
HAIKU = "claude-haiku-5-5"
# No such model: a price table cannot know it, so that the unpriced path shows.
UNKNOWN_MODEL = "claude-lantern-0-demo"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a user and the answer the local API knows for it."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature; `share` is its part of the tasks, `models` maps a model to its weight.

    `lines` is how many lines of material a question brings along on average.
    """

    name: FeatureName
    task: str
    share: float
    models: dict[str, float]
    instructions: str
    exchanges: dict[Language, tuple[Exchange, ...]]
    lines: int

    def pick_model(self, rng: random.Random) -> str:
        """A model of this feature, by weight."""
        return rng.choices(tuple(self.models), weights=tuple(self.models.values()))[0]

    def material(self, rng: random.Random) -> str:
        """What a question is about: orders, in lines of about 20 tokens."""
        count = rng.randint(self.lines // 2, self.lines * 3 // 2)
        return "\n".join(("Orders so far:", *(_order(rng) for _ in range(count))))


_PRODUCTS = (
    "Akari desk lamp",
    "Kaze fan",
    "Mizu kettle",
    "Yuki cool box",
    "Hoshi projector",
    "Tsuki night light",
    "Sora weather station",
    "Umi aquarium pump",
    "Hana planter",
    "Tori alarm clock",
    "Mori air cleaner",
    "Ishi bluetooth speaker",
)


def _order(rng: random.Random) -> str:
    return (
        f"2026-{rng.randint(1, 11):02d}-{rng.randint(1, 28):02d} A-{rng.randint(1000, 9999)}"
        f" {rng.choice(_PRODUCTS)}, {rng.randint(1, 4)} pieces, paid, delivered, not returned"
    )


def _handbook(purpose: str, entries: int) -> str:
    """Long, unchanging instructions: what prompt caching is for."""
    products = itertools.islice(itertools.cycle(_PRODUCTS), entries)
    lines = [
        f"{number}. {product}, lot {number * 7 % 23}: warranty {12 + number % 3 * 6} months,"
        f" return within {14 + number % 2 * 16} days when unopened, spare parts from shelf"
        f" {number % 9}, repairs take {3 + number % 5} working days. Ask for the serial number"
        " before you promise a replacement."
        for number, product in enumerate(products, start=1)
    ]
    return "\n".join((purpose, "Answer in the language of the user. House rules:", *lines))


_SUPPORT: dict[Language, tuple[Exchange, ...]] = {
    "en": (
        Exchange(
            "Where is my order A-1042? It should have come on Friday.",
            "Your order A-1042 left our warehouse on Thursday evening"
            " and was held at the regional"
            " depot by heavy rain. It is on the van today and will be with you before 18:00. I am"
            " sorry for the wait; you do not need to be at home, the"
            " driver may leave it in the box.",
        ),
        Exchange(
            "The kettle I bought leaks at the handle. Can I get my money back?",
            "I am sorry about that. A leak at the handle is a fault"
            " covered by the warranty, so you"
            " can choose: a refund of the full price within five"
            " working days, or a new kettle sent"
            " tomorrow. Either way the return label is free. Which do you prefer?",
        ),
        Exchange(
            "How do I change the delivery address?",
            "Open the order, choose 'Delivery', and enter the new address. This works until the"
            " parcel is packed, usually at 15:00. After that I can"
            " ask the carrier to redirect it.",
        ),
        Exchange(
            "Can I still add a gift note?",
            "Yes. Your parcel is not packed yet: tell me the text, up"
            " to 120 characters, and I will"
            " add it to the order now.",
        ),
    ),
    "ja": (
        Exchange(
            "注文 A-1042 がまだ届きません。金曜日の予定でした。",
            "ご心配をおかけしております。A-1042"
            " は木曜日の夜に発送済みですが、大雨のため営業所で止まって"
            "いました。本日の便に載っており、18時までにお届けします。"
            "宅配ボックスへの配達もできます。",
        ),
        Exchange(
            "電気ケトルの持ち手から水が漏れます。返金できますか。",
            "ご不便をおかけしました。"
            "持ち手の水漏れは保証の対象ですので、全額の返金か新品との交換を"
            "お選びいただけます。返送料はかかりません。どちらになさいますか。",
        ),
        Exchange(
            "配送先の住所を変えたいのですが。",
            "注文の画面で「配送」を開き、新しい住所を入れてください。"
            "梱包の前、通常は15時まで変更できます。"
            "それ以降は運送会社に転送を依頼いたします。",
        ),
    ),
}
_SEARCH: dict[Language, tuple[Exchange, ...]] = {
    "en": (
        Exchange(
            "Summarise what people say about fans that cool a bedroom quietly.",
            "Three points come back in most reviews: a fan under 25"
            " dB is not heard at night, a timer"
            " matters more than a remote control, and blades that can"
            " be taken out are cleaned more"
            " often. Two reviews warn that the smallest fans move too"
            " little air for 15 square metres.",
        ),
        Exchange(
            "Compare the night lights in our shop in two sentences.",
            "The Tsuki is dimmer and warmer and runs 40 hours on a"
            " charge; the Hoshi mini is brighter"
            " and has a motion sensor. For a child's room the reviews prefer the Tsuki.",
        ),
        Exchange(
            "What changed in the new rules for lithium batteries by mail?",
            "Since this year a parcel may hold two spare batteries of up to 100 Wh if each one is"
            " wrapped on its own, and the outside needs the battery"
            " mark with a telephone number.",
        ),
    ),
    "ja": (
        Exchange(
            "寝室で静かな扇風機の口コミをまとめてください。",
            "多くの口コミに共通するのは三点です。"
            "25デシベル以下なら夜も気にならない、リモコンよりタイマーが"
            "役立つ、羽根が外せると掃除が楽。"
            "小型は15平方メートルの部屋では風が足りないという声もあります。",
        ),
        Exchange(
            "空気清浄機のフィルター交換について調べてください。",
            "交換の目安は一年ですが、"
            "ペットのいる家では八か月という報告が多くあります。水洗いできるのは"
            "外側の網だけで、内側のフィルターは洗うと性能が落ちます。",
        ),
    ),
}
_TRIAGE: dict[Language, tuple[Exchange, ...]] = {
    "en": (
        Exchange("Ticket: 'The invoice shows the wrong company name.'", "billing, normal priority"),
        Exchange("Ticket: 'Smoke came out of the charger!'", "safety, urgent: call back today"),
        Exchange("Ticket: 'Please send the manual in French.'", "documents, low priority"),
        Exchange("Ticket: 'I cannot log in since the update.'", "account, high priority"),
    ),
    "ja": (
        Exchange("問い合わせ「領収書の宛名が違います。」", "請求・通常"),
        Exchange("問い合わせ「充電器から煙が出ました。」", "安全・緊急。本日中に電話"),
        Exchange("問い合わせ「更新後にログインできません。」", "アカウント・高"),
    ),
}
_REVIEW: dict[Language, tuple[Exchange, ...]] = {
    "en": (
        Exchange(
            "Review this change to the refund service.",
            "Two findings. First, the amount is rounded before the"
            " tax is added: with 3 items of 0.35"
            " the refund is one cent short; round once, at the end."
            " Second, the retry around the bank"
            " call has no key, so a timeout after success refunds"
            " twice: pass the refund's id as the"
            " idempotency key. The new test covers the happy path only; add one for the timeout.",
        ),
        Exchange(
            "Review this change to the stock counter.",
            "The lock is taken after the read, so two sales can both"
            " see the last item. Take it before,"
            " or let the database decide with `update ... where stock"
            " > 0` and check the row count."
            " The rest is fine; the name `flag` could say what it flags.",
        ),
    ),
    "ja": (
        Exchange(
            "この変更をレビューしてください。検索の高速化です。",
            "指摘は二つあります。"
            "索引の列の順が条件と逆なので使われません。入れ替えてください。また、空の"
            "検索語で全件を返すため、負荷が跳ね上がります。"
            "件数の上限と、そのテストを足してください。",
        ),
    ),
}
_TRANSLATION: dict[Language, tuple[Exchange, ...]] = {
    "en": (
        Exchange(
            "Translate into Japanese: 'Unplug the fan before you take off the grille.'",
            "前面のガードを外す前に、電源プラグを抜いてください。",
        ),
        Exchange(
            "Translate into Japanese: 'The parcel arrives tomorrow between 9 and 12.'",
            "お荷物は明日の9時から12時の間に届きます。",
        ),
    ),
    "ja": (
        Exchange(
            "英語に訳してください:「初回の充電は三時間かかります。」",
            "The first charge takes three hours.",
        ),
        Exchange(
            "英語に訳してください:「本製品を水で洗わないでください。」",
            "Do not wash this product with water.",
        ),
        Exchange(
            "英語に訳してください:「返品は未開封に限り30日以内です。」",
            "Returns are accepted within 30 days if the product is unopened.",
        ),
    ),
}
_KNOWLEDGE: dict[Language, tuple[Exchange, ...]] = {
    "en": (
        Exchange(
            "How long is the warranty of the Hoshi projector, by the handbook?",
            "By the handbook the warranty is 18 months from the day"
            " of delivery. It covers the lamp,"
            " but not the remote control's battery.",
        ),
        Exchange(
            "May a customer return an opened air cleaner?",
            "Only if it is faulty. Unopened ones may be returned"
            " within 30 days; an opened one goes to"
            " repair first, which takes up to seven working days.",
        ),
        Exchange(
            "Which shelf has the spare parts of the Mizu kettle?",
            "Shelf 3 for the current lot. Parts of earlier lots are ordered from the supplier.",
        ),
    ),
    "ja": (
        Exchange(
            "手引きでは、星プロジェクターの保証は何か月ですか。",
            "手引きによると、お届けの日から18か月です。ランプは含まれますが、リモコンの電池は対象外です。",
        ),
        Exchange(
            "開封した空気清浄機は返品できますか。",
            "故障の場合に限ります。未開封なら30日以内に返品でき、開封済みはまず修理となります。",
        ),
    ),
}

FEATURES: dict[FeatureName, Feature] = {
    feature.name: feature
    for feature in (
        Feature(
            "support_chat",
            "answer_customer",
            0.30,
            {SONNET: 0.85, OPUS: 0.15},
            _handbook("You help customers of a small shop for home devices.", 22),
            _SUPPORT,
            22,
        ),
        Feature(
            "search_summary",
            "summarise_search",
            0.16,
            {HAIKU: 1.0},
            _handbook("You summarise search results for shoppers, in short plain sentences.", 20),
            _SEARCH,
            60,
        ),
        Feature(
            "ticket_triage",
            "triage_ticket",
            0.22,
            {HAIKU: 0.9, SONNET: 0.1},
            _handbook("You name the queue and the priority of a support ticket.", 20),
            _TRIAGE,
            44,
        ),
        Feature(
            "code_review",
            "review_change",
            0.07,
            {OPUS: 1.0},
            _handbook("You review changes to the shop's software: find what breaks.", 26),
            _REVIEW,
            80,
        ),
        Feature(
            "translation",
            "translate_text",
            0.14,
            {HAIKU: 0.62, SONNET: 0.35, UNKNOWN_MODEL: 0.03},
            "You translate notices of a shop between English and Japanese.",
            _TRANSLATION,
            24,
        ),
        Feature(
            "knowledge_answers",
            "answer_from_handbook",
            0.11,
            {SONNET: 1.0},
            _handbook("You answer staff from this handbook, and say so when it has no answer.", 24),
            _KNOWLEDGE,
            48,
        ),
    )
}


def known_answers() -> dict[str, str]:
    """Question to answer, over all features and languages."""
    return {
        exchange.question: exchange.answer
        for feature in FEATURES.values()
        for exchanges in feature.exchanges.values()
        for exchange in exchanges
    }
