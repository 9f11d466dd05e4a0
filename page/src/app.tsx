/** The page: which of its states it is in, and what it shows then. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { useAddress } from "./address.ts";
import {
  type Catalog,
  type Filter,
  type GroupTitle,
  type Honesty,
  type Status,
  wasReached,
} from "./api.ts";
import { Footer } from "./footer.tsx";
import { Group } from "./group.tsx";
import { Header } from "./header.tsx";
import { Indicators, IndicatorsSkeleton } from "./indicators.tsx";
import { languageFor } from "./preferences.ts";
import { createReader, ReaderProvider, useReader } from "./reader.ts";
import { useCatalog, useHonesty, useStandingError, useStatus } from "./refresh.ts";
import { FirstStart, NothingHere } from "./start.tsx";
import { PanelsNotice, StaleNotice, Unavailable } from "./trouble.tsx";
import { Verdict, VerdictSkeleton } from "./verdict.tsx";

const DEFAULT_WINDOW = "1h";

function DemoBanner() {
  const { words } = useReader();
  return (
    <aside className="demo" aria-label={words.demo}>
      <p>
        <strong>{words.demo}</strong> {words.demoMeaning}
      </p>
    </aside>
  );
}

function Sections({ groups }: { groups: readonly GroupTitle[] }) {
  const { words, text } = useReader();
  // The document's base is the server's root, so a bare "#id" would lose the filters.
  const here = location.pathname + location.search;
  return (
    <nav className="sections" aria-label={words.sections}>
      <ul>
        {groups.map((group) => (
          <li key={group.id}>
            <a href={`${here}#${group.id}`}>{text(group.title)}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface GroupsProps {
  readonly groups: readonly GroupTitle[];
  readonly filter: Filter;
  readonly live: boolean;
  /** With the whole server away, the notice about single groups would only repeat it. */
  readonly quiet: boolean;
}

function Groups({ groups, filter, live, quiet }: GroupsProps) {
  const { text } = useReader();
  const [troubles, setTroubles] = useState<ReadonlyMap<string, string>>(new Map());
  const onTrouble = useCallback((group: string, message: string | null) => {
    setTroubles((before) => {
      if ((before.get(group) ?? null) === message) return before;
      const after = new Map(before);
      if (message === null) after.delete(group);
      else after.set(group, message);
      return after;
    });
  }, []);
  const said = groups.flatMap((group) => {
    const message = troubles.get(group.id);
    return message === undefined ? [] : [`${text(group.title)}: ${message}`];
  });
  return (
    <>
      {groups.map((group) => (
        <Group key={group.id} title={group} filter={filter} live={live} onTrouble={onTrouble} />
      ))}
      {said.length > 0 && !quiet && <PanelsNotice troubles={said} />}
    </>
  );
}

/** Nothing was ever stored: neither in this window nor in any other. */
function isFirstStart(status: Status, honesty: Honesty | undefined): boolean {
  if (status.state !== "no_data" || status.feature !== null) return false;
  return honesty === undefined ? status.features.length === 0 : honesty.calls === 0;
}

interface OverviewProps {
  readonly catalog: Catalog;
  readonly status: Status;
  readonly first: boolean;
  readonly filter: Filter;
  readonly live: boolean;
  readonly stale: boolean;
  readonly quiet: boolean;
}

function Overview({ catalog, status, first, filter, live, stale, quiet }: OverviewProps) {
  if (first) {
    return (
      <>
        <Verdict status={status} stale={stale} />
        <FirstStart />
      </>
    );
  }
  return (
    <>
      <Verdict status={status} stale={stale} />
      {status.state === "no_data" && <NothingHere catalog={catalog} filter={filter} />}
      <Indicators titles={catalog.indicators} indicators={status.indicators} stale={stale} />
      <Groups groups={catalog.groups} filter={filter} live={live} quiet={quiet} />
    </>
  );
}

function Page() {
  const { words } = useReader();
  const address = useAddress();
  const [live, setLive] = useState(true);
  const filter = useMemo(
    () => ({ window: address.window ?? DEFAULT_WINDOW, feature: address.feature }),
    [address.window, address.feature],
  );
  const catalog = useCatalog();
  const status = useStatus(filter, live);
  const honesty = useHonesty(live);
  const catalogError = useStandingError(catalog);
  const statusError = useStandingError(status);
  const error = catalogError ?? statusError;
  const ready = catalog.data !== undefined && status.data !== undefined;
  const first = status.data !== undefined && isFirstStart(status.data, honesty.data);

  useEffect(() => {
    const state = status.data === undefined ? "" : `${words[status.data.state]} · `;
    document.title = `${state}Kansoku`;
  }, [status.data, words]);

  const retry = (): void => {
    void catalog.refetch();
    void status.refetch();
  };

  return (
    <>
      <a className="skip" href={`${location.pathname}${location.search}#verdict`}>
        {words.skip}
      </a>
      {(status.data?.demo ?? catalog.data?.demo) === true && <DemoBanner />}
      <div className="top">
        <Header
          catalog={catalog.data}
          features={status.data?.features ?? []}
          filter={filter}
          live={live}
          setLive={setLive}
          updated={status.dataUpdatedAt}
          answering={error === null || wasReached(error)}
        />
        {ready && !first && <Sections groups={catalog.data.groups} />}
      </div>
      <main id="verdict">
        {catalog.data !== undefined && status.data !== undefined ? (
          <Overview
            catalog={catalog.data}
            status={status.data}
            first={first}
            filter={filter}
            live={live}
            stale={status.isPlaceholderData || error !== null}
            quiet={error !== null}
          />
        ) : error !== null ? (
          <Unavailable error={error} retry={retry} />
        ) : (
          <>
            <VerdictSkeleton />
            <IndicatorsSkeleton />
          </>
        )}
      </main>
      <Footer honesty={honesty.data} />
      {ready && error !== null && <StaleNotice error={error} updated={status.dataUpdatedAt} />}
    </>
  );
}

export function App() {
  const { lang } = useAddress();
  const language = languageFor(lang);
  const reader = useMemo(() => createReader(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <ReaderProvider value={reader}>
      <Page />
    </ReaderProvider>
  );
}
