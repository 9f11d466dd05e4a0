/** The page: its frame, and which of its views stands in it. */

import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { FILTERS, useAddress, usePlace } from "./address.ts";
import { type Filter, wasReached } from "./api.ts";
import { Chips } from "./filters.tsx";
import { Footer } from "./footer.tsx";
import { useHead } from "./head.ts";
import { Header } from "./header.tsx";
import { Link } from "./link.tsx";
import { languageFor } from "./preferences.ts";
import { createReader, ReaderProvider, useReader } from "./reader.ts";
import { isAnswered, useCatalog, useHonesty, useStandingError, useStatus } from "./refresh.ts";
import { Loading, Unavailable } from "./trouble.tsx";
import { type View, VIEWS } from "./views.tsx";

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

function Navigation({ shown }: { shown: View | undefined }) {
  const { words } = useReader();
  const list = useRef<HTMLUListElement>(null);
  // On a phone the list is wider than the screen, and the last views would stand half outside it.
  useEffect(() => {
    const here = list.current?.querySelector("[aria-current]");
    if (list.current === null || here == null) return;
    const [seen, one] = [list.current.getBoundingClientRect(), here.getBoundingClientRect()];
    if (one.right > seen.right) list.current.scrollLeft += one.right - seen.right;
    else if (one.left < seen.left) list.current.scrollLeft += one.left - seen.left;
  }, [shown, words]);
  return (
    <nav className="views" aria-label={words.views}>
      <ul ref={list}>
        {VIEWS.map((view) => (
          <li key={view.name}>
            <Link to={view.name} current={view === shown}>
              {view.title(words)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function NoView({ name }: { name: string }) {
  const { words } = useReader();
  return (
    <section className="nothing">
      <h1>{words.noView(name)}</h1>
      <Link to="">{words.overview}</Link>
    </section>
  );
}

/** The filter that the address asks for. */
function useFilter(): Filter {
  const address = useAddress();
  const key = JSON.stringify(address);
  return useMemo(
    () => ({
      window: address.window ?? DEFAULT_WINDOW,
      from: address.from,
      to: address.to,
      compare: address.compare,
      ...(Object.fromEntries(FILTERS.map((name) => [name, address[name]])) as Record<
        (typeof FILTERS)[number],
        string | null
      >),
    }),
    [key],
  );
}

function Page() {
  const { words } = useReader();
  const place = usePlace();
  const head = useHead();
  const filter = useFilter();
  const [wanted, setLive] = useState(true);
  // A time that was chosen has its end behind it: nothing new can come.
  const live = wanted && filter.from === null && filter.to === null;
  const catalog = useCatalog();
  const status = useStatus(filter, live);
  const honesty = useHonesty(live, isAnswered(status));
  const catalogError = useStandingError(catalog);
  const error = useStandingError(status) ?? catalogError;
  const view = VIEWS.find((known) => known.name === place.view);
  const title = view === undefined || view.name === "" ? null : view.title(words);

  useEffect(() => {
    const state = status.data === undefined ? null : words[status.data.state];
    document.title = [title, state, "Kansoku"].filter((part) => part !== null).join(" · ");
  }, [status.data, title, words]);

  return (
    <>
      <a className="skip" href={`${location.pathname}${location.search}#main`}>
        {words.skip}
      </a>
      {(status.data?.demo ?? catalog.data?.demo) === true && <DemoBanner />}
      <div className="top" ref={head}>
        <Header
          catalog={catalog.data}
          shown={status.data}
          filter={filter}
          live={live}
          setLive={setLive}
          updated={status.dataUpdatedAt}
          answering={error === null || wasReached(error)}
        />
        <div className="strip">
          <Navigation shown={view} />
          <Chips catalog={catalog.data} filter={filter} />
        </div>
      </div>
      <main id="main" tabIndex={-1}>
        {catalog.data === undefined ? (
          catalogError !== null ? (
            <Unavailable error={catalogError} retry={() => void catalog.refetch()} />
          ) : (
            <Loading />
          )
        ) : view === undefined ? (
          <NoView name={place.view} />
        ) : (
          <Suspense fallback={<Loading />}>
            <view.Show catalog={catalog.data} filter={filter} live={live} rest={place.rest} />
          </Suspense>
        )}
      </main>
      <Footer honesty={honesty.data} />
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
