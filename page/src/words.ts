/** The words of the page's own chrome, in each language. Titles and names come from the server. */

export const LANGUAGES = ["en", "ja"] as const;
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(value: string | null): value is Language {
  return value === "en" || value === "ja";
}

const en = {
  language: "English",
  question: "Is the AI feature working?",
  skip: "Skip to the content",

  views: "Views",
  overview: "Overview",
  noView: (name: string) => `There is no view “${name}”.`,

  working: "Working",
  degraded: "Degraded",
  down: "Down",
  no_data: "No data",

  met: "Met",
  breach: "Breached",
  low_sample: "Few samples",
  no_objective: "No objective",

  demo: "Demo data",
  demoMeaning: "A built-in workload made these calls. They are not from your application.",

  filters: "Filters",
  window: "Window",
  feature: "Feature",
  allFeatures: "All features",
  clearFilters: "Clear filters",
  languages: "Language",
  sections: "Sections",
  toLight: "Switch to light theme",
  toDark: "Switch to dark theme",

  live: "Live",
  paused: "Paused",
  offline: "Offline",
  pause: "Pause live updates",
  resume: "Resume live updates",
  updated: (age: string) => `updated ${age}`,

  indicators: "Indicators",
  reasons: "Reasons",
  legend: "Legend",
  measured: (some: string, all: string) => `${some} of ${all} measured`,
  samples: "n",
  marginMeaning: "Quantiles here are approximate: within this share of the exact value.",
  objective: "Objective",
  about: (title: string) => `About: ${title}`,
  share: "Share",
  name: "Name",
  value: "Value",
  time: "Time",
  latest: "latest",
  perHour: "/h",
  noneInWindow: "Nothing in this window",
  chartKeys: "Left and right arrow keys move the crosshair.",
  unknown: "unknown",
  yes: "yes",
  no: "no",

  loading: "Loading",
  unreachable: "The Kansoku server does not answer.",
  refused: "The Kansoku server reports an error.",
  shownFrom: (time: string, age: string) => `Shown is the data of ${time} (${age}).`,
  tryingAgain: "Trying again every 5 seconds.",
  isItUp: "Is it running? Start it with:",
  tryNow: "Try now",
  panelsFailed: "These panels could not be refreshed:",

  startTitle: "Waiting for the first call",
  startLead: "Add these lines to your application. This page turns live when the first data arrives.",
  startInstall: "Install",
  startCode: "Your application",
  startListening: (address: string) => `Listening for OpenTelemetry data on ${address}`,
  startOnce: "once, at start",
  startTask: "around one unit of work",
  startCall: "your call, unchanged",
  startFeedback: "what the user thought of it",
  copy: "Copy",
  copied: "Copied",

  nothingHere: "No calls match these filters.",
  widen: (window: string) => `Show the last ${window}`,

  store: "Store",
  storedCalls: "calls stored",
  unpricedCalls: "without a price",
  duplicateCalls: (pair: string) => `told of twice, counted once (${pair})`,
  segmentsWaiting: "segments waiting",
  segmentsSetAside: "segments set aside",
  segmentsSetAsideSince: (ago: string, reason: string) =>
    `segments set aside, the oldest received ${ago}: ${reason}`,
  storeRestarts: "restarts of the store",
  rejectedRequests: "requests rejected",
  rejectedItems: "spans, logs and data points rejected",
  lateRows: "rows past retention on arrival, dropped",
};

/** Every language must have exactly the keys of the first, and take the same arguments. */
export type Words = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends string ? string : (typeof en)[Key];
};

const ja: Words = {
  language: "日本語",
  question: "AI 機能、動いてる?",
  skip: "本文へ移動",

  views: "ビュー",
  overview: "概要",
  noView: (name) => `「${name}」というビューはありません。`,

  working: "正常",
  degraded: "低下",
  down: "停止",
  no_data: "データなし",

  met: "達成",
  breach: "未達",
  low_sample: "標本不足",
  no_objective: "目標なし",

  demo: "デモデータ",
  demoMeaning: "内蔵のデモが生成した呼び出しです。お使いのアプリのデータではありません。",

  filters: "絞り込み",
  window: "期間",
  feature: "機能",
  allFeatures: "すべての機能",
  clearFilters: "絞り込みを解除",
  languages: "言語",
  sections: "セクション",
  toLight: "ライトテーマに切り替え",
  toDark: "ダークテーマに切り替え",

  live: "ライブ",
  paused: "一時停止中",
  offline: "切断",
  pause: "自動更新を一時停止",
  resume: "自動更新を再開",
  updated: (age) => `${age}に更新`,

  indicators: "指標",
  reasons: "理由",
  legend: "凡例",
  measured: (some, all) => `${all} 指標中 ${some} を計測`,
  samples: "n",
  marginMeaning: "この分位数は近似値で、正確な値との差はこの割合以内です。",
  objective: "目標",
  about: (title) => `説明: ${title}`,
  share: "割合",
  name: "名前",
  value: "値",
  time: "時刻",
  latest: "最新",
  perHour: "/時",
  noneInWindow: "この期間にデータはありません",
  chartKeys: "左右の矢印キーで十字線を動かせます。",
  unknown: "不明",
  yes: "はい",
  no: "いいえ",

  loading: "読み込み中",
  unreachable: "Kansoku サーバーが応答しません。",
  refused: "Kansoku サーバーがエラーを返しました。",
  shownFrom: (time, age) => `${time}(${age})のデータを表示しています。`,
  tryingAgain: "5 秒ごとに再試行します。",
  isItUp: "サーバーは起動していますか? 起動するには:",
  tryNow: "今すぐ再試行",
  panelsFailed: "次のパネルを更新できませんでした:",

  startTitle: "最初の呼び出しを待っています",
  startLead: "次の行をアプリに追加してください。データが届くと、この画面は自動でライブ表示になります。",
  startInstall: "インストール",
  startCode: "アプリのコード",
  startListening: (address) => `${address} で OpenTelemetry データを待ち受けています`,
  startOnce: "起動時に一度だけ",
  startTask: "ひとまとまりの処理を囲む",
  startCall: "呼び出しは今までどおり",
  startFeedback: "ユーザーの評価",
  copy: "コピー",
  copied: "コピーしました",

  nothingHere: "条件に合う呼び出しはありません。",
  widen: (window) => `直近 ${window} を表示`,

  store: "ストア",
  storedCalls: "件の呼び出しを保存",
  unpricedCalls: "件は価格不明",
  duplicateCalls: (pair: string) => `件は二重に記録、一件として集計(${pair})`,
  segmentsWaiting: "個のセグメントが待機中",
  segmentsSetAside: "個のセグメントを隔離",
  segmentsSetAsideSince: (ago: string, reason: string) =>
    `個のセグメントを隔離(最古は${ago}に受信): ${reason}`,
  storeRestarts: "回のストア再起動",
  rejectedRequests: "件のリクエストを拒否",
  rejectedItems: "件のスパン・ログ・データポイントを拒否",
  lateRows: "行を保存期間後に届いたため削除",
};

export const words: Readonly<Record<Language, Words>> = { en, ja };
