/** The bar at the top: the name, the filters, whether the page is live, language and theme. */

import { goTo } from "./address.ts";
import type { Catalog, Filter, Status } from "./api.ts";
import { Compare, CustomTime, First, More, Windows } from "./filters.tsx";
import { chooseTheme, keepLanguage, useTheme } from "./preferences.ts";
import { useReader } from "./reader.ts";
import { useNow } from "./refresh.ts";
import { isLanguage, LANGUAGES, words as allWords } from "./words.ts";

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M3 16c3.4-5.6 7.6-8.4 13-8.400S25.6 10.4 29 16c-3.4 5.6-7.6 8.4-13 8.400S6.4 21.6 3 16Z" />
      <path d="M9 16h3.400l2.2-4.6 3.2 9 2.2-4.400H23" />
    </svg>
  );
}

function Live({ live, setLive, updated, answering }: LiveProps) {
  const { words, format } = useReader();
  const now = useNow();
  return (
    <button
      type="button"
      className="live"
      data-state={answering ? "working" : "down"}
      data-on={live}
      aria-label={live ? words.pause : words.resume}
      onClick={() => setLive(!live)}
    >
      <span className="live-dot" aria-hidden="true" />
      <span className="live-word">{answering ? (live ? words.live : words.paused) : words.offline}</span>
      <span className="live-age">
        {updated === 0 ? "" : words.updated(format.ago(now - updated / 1_000))}
      </span>
    </button>
  );
}

function Languages() {
  const { words, language } = useReader();
  return (
    <label className="language">
      <span className="unseen">{words.languages}</span>
      <select
        name="lang"
        value={language}
        onChange={(event) => {
          if (!isLanguage(event.target.value)) return;
          keepLanguage(event.target.value);
          goTo({ lang: event.target.value }, "replace");
        }}
      >
        {LANGUAGES.map((tag) => (
          <option key={tag} value={tag} lang={tag}>
            {allWords[tag].language}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeSwitch() {
  const { words } = useReader();
  const theme = useTheme();
  const dark = theme === "dark";
  return (
    <button
      type="button"
      className="icon"
      aria-label={dark ? words.toLight : words.toDark}
      onClick={() => chooseTheme(dark ? "light" : "dark")}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        {dark ? (
          <path d="M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500Z" />
        ) : (
          <>
            <circle cx="12" cy="12" r="4.2" />
            <path d="M12 2.500v2.500M12 19v2.500M2.5 12H5M19 12h2.500M5.3 5.3 7 7M17 17l1.7 1.700M5.3 18.7 7 17M17 7l1.7-1.7" />
          </>
        )}
      </svg>
    </button>
  );
}

interface LiveProps {
  readonly live: boolean;
  readonly setLive: (live: boolean) => void;
  /** When the last answer came, in milliseconds since 1970; 0 before the first. */
  readonly updated: number;
  /** Whether the server could be reached when it was last asked. */
  readonly answering: boolean;
}

interface HeaderProps extends LiveProps {
  readonly catalog: Catalog | undefined;
  readonly filter: Filter;
  /** The last status, which says what time and which features there are. */
  readonly shown: Status | undefined;
}

export function Header({ catalog, filter, shown, ...live }: HeaderProps) {
  const { words } = useReader();
  return (
    <header className="bar">
      <p className="brand">
        <Mark />
        <span>Kansoku</span>
        <span className="brand-kanji" lang="ja">
          観測
        </span>
      </p>
      <search className="filters" aria-label={words.filters}>
        <Windows catalog={catalog} filter={filter} />
        <CustomTime filter={filter} shown={shown} />
        <First catalog={catalog} filter={filter} features={shown?.features ?? []} />
        <More catalog={catalog} filter={filter} />
        <Compare filter={filter} />
      </search>
      <div className="controls">
        <Live {...live} />
        <Languages />
        <ThemeSwitch />
      </div>
    </header>
  );
}
