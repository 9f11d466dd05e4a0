/** The words of the views of sessions, in each language. */

import type { Language } from "../words.ts";

const en = {
  title: "Sessions",
  by: "Put together by",
  bySession: "By session",
  byUser: "By user",
  session: "Session",
  user: "User",
  sessions: "Sessions",
  traces: "Traces",
  calls: "Calls",
  errors: "Errors",
  tokens: "Tokens in / out",
  cost: "Cost",
  first: "First call",
  last: "Last call",
  began: "Began",
  took: "Lasted",
  feature: "Feature",
  model: "Model",
  error: "Error",
  andMore: (number: string) => `+ ${number} more`,
  unpriced: (number: string) => `+ ${number} without a price`,
  noPrice: "not priced",
  more: "Show older",
  all: "All sessions",
  none: "No call in this time says which session or user it belongs to.",
  noneHelp: "Say it around a unit of work: kansoku.task(…, session_id=…, user_id=…).",
  gone: "It has no call in this time.",
  truncated: (number: string) => `Only the first ${number} traces are shown.`,
  open: "Open trace",
};

export type SessionWords = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : (typeof en)[Key];
};

const ja: SessionWords = {
  title: "セッション",
  by: "まとめ方",
  bySession: "セッション別",
  byUser: "ユーザー別",
  session: "セッション",
  user: "ユーザー",
  sessions: "セッション数",
  traces: "トレース",
  calls: "呼び出し",
  errors: "エラー",
  tokens: "トークン 入力 / 出力",
  cost: "コスト",
  first: "最初の呼び出し",
  last: "最後の呼び出し",
  began: "開始",
  took: "長さ",
  feature: "機能",
  model: "モデル",
  error: "エラー",
  andMore: (number) => `ほか ${number}`,
  unpriced: (number) => `+ 価格不明 ${number} 件`,
  noPrice: "価格不明",
  more: "さらに古いものを表示",
  all: "セッション一覧",
  none: "この期間の呼び出しには、セッションもユーザーも記録されていません。",
  noneHelp: "処理のまとまりに指定してください: kansoku.task(…, session_id=…, user_id=…)",
  gone: "この期間に呼び出しはありません。",
  truncated: (number) => `最初の ${number} 件のトレースだけを表示しています。`,
  open: "トレースを開く",
};

export const sessionWords: Readonly<Record<Language, SessionWords>> = { en, ja };
