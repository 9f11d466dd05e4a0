/** Numbers and times as people read them, in the reader's locale and the browser's time zone. */

import type { ColumnUnit, Unit } from "./api.ts";
import { type Language, words } from "./words.ts";

/** The reader's own variety of the page's language ("en-GB"), or the language's usual one. */
export function localeFor(language: Language, preferred: readonly string[]): string {
  const usual = { en: "en-US", ja: "ja-JP" }[language];
  return preferred.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? usual;
}

export interface Format {
  /** A value in full, for reading: "99.62%", "3.12s", "$0.0123", "12,480". */
  readonly value: (value: number, unit: Unit) => string;
  /** The same, short enough for an axis: "12K". */
  readonly tick: (value: number, unit: Unit) => string;
  readonly cell: (value: number, unit: ColumnUnit | null) => string;
  readonly number: (value: number) => string;
  readonly share: (value: number) => string;
  /** A length of time given as "15m", "6h" or "7d". */
  readonly window: (name: string) => string;
  readonly seconds: (seconds: number) => string;
  readonly ago: (seconds: number) => string;
  readonly clock: (unix: number) => string;
  readonly moment: (unix: number) => string;
  /** From one moment to another; the day is told once where it is the same. */
  readonly stretch: (from: number, to: number) => string;
  /** A day and a time to the minute. */
  readonly minute: (unix: number) => string;
  /** The time zone that times are told in: "Asia/Tokyo". */
  readonly zone: string;
  /** The label of a point on a time axis whose points are `step` seconds apart. */
  readonly timeTick: (unix: number, step: number) => string;
}

/** Units of time as Japanese writes them, in sentences too: Intl has "15s" and "15 秒". */
const JAPANESE_UNITS: Readonly<Record<string, string>> = {
  millisecond: "ms",
  second: "秒",
  minute: "分",
  hour: "時間",
  day: "日",
};

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Digits that keep a ratio's distance to 0 or 1 visible: 12.3%, 0.38%, 99.97%. */
function ratioDigits(value: number): number {
  const distance = Math.min(Math.abs(value), Math.abs(1 - value));
  if (distance === 0) return 0;
  if (distance < 0.001) return 3;
  return distance < 0.02 ? 2 : 1;
}

export function createFormat(language: Language, locale: string, timeZone?: string): Format {
  const made = new Map<string, Intl.NumberFormat>();
  const numeral = (options: Intl.NumberFormatOptions): Intl.NumberFormat => {
    const key = JSON.stringify(options);
    const known = made.get(key) ?? new Intl.NumberFormat(locale, options);
    made.set(key, known);
    return known;
  };
  const date = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone });

  const hourMinute = date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const clock = date({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = date({ month: "short", day: "numeric" });
  const moment = date({
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const minute = date({
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const relative = new Intl.RelativeTimeFormat(locale, { style: "narrow" });
  const ago = (size: number, unit: "second" | "minute" | "hour" | "day"): string => {
    const told = relative.format(-Math.floor(size), unit);
    return language === "ja" ? told.replace(" ", "") : told;
  };

  const number = (value: number): string => numeral({ maximumFractionDigits: 2 }).format(value);

  const compact = (value: number): string =>
    numeral({ notation: "compact", maximumSignificantDigits: 3 }).format(value);

  const count = (value: number): string => {
    if (Math.abs(value) >= 1e6) return compact(value);
    return numeral({ maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 }).format(value);
  };

  const tokens = (value: number): string => (Math.abs(value) < 10_000 ? count(value) : compact(value));

  const ratio = (value: number): string => {
    const digits = ratioDigits(value);
    const percent = numeral({
      style: "percent",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    // A share that is not whole must not read as "0%" or "100%".
    if (value > 0 && value < 0.00001) return `<${percent.format(0.00001)}`;
    if (value < 1 && value > 0.99999) return `>${percent.format(0.99999)}`;
    return percent.format(value);
  };

  const unitOf = (value: number, unit: string, digits: number): string =>
    language === "ja"
      ? numeral({ maximumSignificantDigits: digits }).format(value) + (JAPANESE_UNITS[unit] ?? unit)
      : numeral({ style: "unit", unit, unitDisplay: "narrow", maximumSignificantDigits: digits }).format(
          value,
        );

  const seconds = (value: number): string => {
    const size = Math.abs(value);
    if (size === 0) return unitOf(0, "second", 1);
    if (size < 0.9995) return unitOf(value * 1_000, "millisecond", 3);
    if (size < 2 * MINUTE) return unitOf(value, "second", 3);
    if (size < HOUR) return unitOf(value / MINUTE, "minute", 3);
    if (size < 2 * DAY) return unitOf(value / HOUR, "hour", 3);
    return unitOf(value / DAY, "day", 3);
  };

  const dollars = (options: Intl.NumberFormatOptions): Intl.NumberFormat =>
    numeral({ style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", ...options });

  const usd = (value: number): string => {
    const size = Math.abs(value);
    if (size >= 100_000) {
      return dollars({ notation: "compact", maximumSignificantDigits: 4 }).format(value);
    }
    if (size >= 1 || size === 0) return dollars({}).format(value);
    // Small amounts keep three digits, however many zeros stand before them.
    return dollars({ minimumSignificantDigits: 2, maximumSignificantDigits: 3 }).format(value);
  };

  const usdTick = (value: number): string => {
    const size = Math.abs(value);
    if (size >= 1_000) {
      return dollars({ notation: "compact", maximumSignificantDigits: 3 }).format(value);
    }
    return dollars({ maximumSignificantDigits: 3 }).format(value);
  };

  const score = (value: number): string =>
    numeral({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);

  const value = (amount: number, unit: Unit): string => {
    switch (unit) {
      case "ratio":
        return ratio(amount);
      case "s":
        return seconds(amount);
      case "usd":
        return usd(amount);
      case "usd_per_hour":
        return usd(amount) + words[language].perHour;
      case "tokens":
        return tokens(amount);
      case "calls":
      case "count":
        return count(amount);
      case "score":
        return score(amount);
    }
  };

  const tick = (amount: number, unit: Unit): string => {
    switch (unit) {
      case "ratio":
        return numeral({ style: "percent", maximumFractionDigits: 2 }).format(amount);
      case "s":
        return seconds(amount);
      case "usd":
      case "usd_per_hour":
        return usdTick(amount);
      case "tokens":
      case "calls":
      case "count":
        return compact(amount);
      case "score":
        return numeral({ maximumFractionDigits: 2 }).format(amount);
    }
  };

  const at = (unix: number): Date => new Date(unix * 1_000);

  return {
    value,
    tick,
    number,
    seconds,
    cell: (amount, unit) => {
      if (unit === null) return numeral({ useGrouping: false }).format(amount);
      return unit === "time" ? moment.format(at(amount)) : value(amount, unit);
    },
    share: (amount) =>
      numeral({ style: "percent", maximumFractionDigits: amount < 0.0995 ? 1 : 0 }).format(amount),
    window: (name) => {
      const [, size, letter] = /^(\d+)([mhd])$/.exec(name) ?? [];
      const unit = { m: "minute", h: "hour", d: "day" }[letter ?? ""];
      return unit === undefined ? name : unitOf(Number(size), unit, 3);
    },
    ago: (elapsed) => {
      const past = Math.max(0, elapsed);
      if (past < MINUTE) return ago(past, "second");
      if (past < HOUR) return ago(past / MINUTE, "minute");
      return past < 2 * DAY ? ago(past / HOUR, "hour") : ago(past / DAY, "day");
    },
    clock: (unix) => clock.format(at(unix)),
    moment: (unix) => moment.format(at(unix)),
    stretch: (from, to) => {
      const isOneDay = day.format(at(from)) === day.format(at(to)) && to - from < 2 * DAY;
      return `${moment.format(at(from))} – ${(isOneDay ? clock : moment).format(at(to))}`;
    },
    minute: (unix) => minute.format(at(unix)),
    zone: minute.resolvedOptions().timeZone,
    timeTick: (unix, step) => {
      const label = hourMinute.format(at(unix));
      return step >= DAY || label === "00:00" ? day.format(at(unix)) : label;
    },
  };
}
