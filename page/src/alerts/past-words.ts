/** The words of an alert run over the past, in each language. */

import type { Language } from "../words.ts";

const en = {
  title: "Over the past",
  lead: "When an alert would have fired, by its definition of today.",
  alert: "Alert",
  choose: "Choose an alert",
  span: "Over the last",
  quiet: "It would not have fired.",
  fired: (times: string, length: string) => `It would have fired ${times} times, for ${length} in all.`,
  still: "still fires",
  noFigure: (times: string, all: string) => `There was no figure at ${times} of ${all} evaluations.`,
  bound: (sign: string, bound: string) => `Alarms when ${sign} ${bound}.`,
  unbound: "It is held to no fixed bound.",
  shaded: "Shaded is where it would have fired.",
  unshaded: "Nothing is shaded, as it would not have fired in this time.",
  relative: "Shown as multiples of its bounds, as it has several.",
  leftOut: (number: string) => `${number} more values are not drawn.`,
  onlyNewest: "Only the newest are listed.",
  listed: "When it would have fired",
  begins: "Fired",
  ends: "Resolved",
  length: "For",
  figure: "Figure",
  of: "Of",
};

export type PastWords = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : (typeof en)[Key];
};

const ja: PastWords = {
  title: "過去での検証",
  lead: "今の定義なら、いつ発火していたかを調べます。",
  alert: "アラート",
  choose: "アラートを選択",
  span: "期間",
  quiet: "発火しませんでした。",
  fired: (times, length) => `${times} 回、合計 ${length} の間、発火していました。`,
  still: "継続中",
  noFigure: (times, all) => `評価 ${all} 回のうち ${times} 回は値がありませんでした。`,
  bound: (sign, bound) => `条件: ${sign} ${bound}。`,
  unbound: "固定のしきい値はありません。",
  shaded: "色を付けた区間で発火していました。",
  unshaded: "この期間に発火した区間はないため、色は付いていません。",
  relative: "しきい値が複数あるため、その倍数で表示します。",
  leftOut: (number) => `ほか ${number} 件の値は描いていません。`,
  onlyNewest: "新しいものだけを表示しています。",
  listed: "発火していた区間",
  begins: "発火",
  ends: "解消",
  length: "長さ",
  figure: "値",
  of: "対象",
};

export const pastWords: Readonly<Record<Language, PastWords>> = { en, ja };
