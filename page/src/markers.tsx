/** Releases that began in the time that is looked at: marked in every chart, and listed once. */

import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { Filter, Marker } from "./api.ts";
import type { ChartMarker } from "./chart.ts";
import { Link } from "./link.tsx";
import { useReader } from "./reader.ts";
import { useReleases } from "./refresh.ts";

const MarkersContext = createContext<readonly ChartMarker[]>([]);

export function useMarkers(): readonly ChartMarker[] {
  return useContext(MarkersContext);
}

interface MarkedProps {
  readonly filter: Filter;
  readonly live: boolean;
  readonly children: ReactNode;
}

/** What stands inside gets the markers; the list of them stands above it. */
export function Marked({ filter, live, children }: MarkedProps) {
  const found = useReleases(filter, live).data?.markers;
  const markers = useMemo(
    () => (found ?? []).map(({ time, release }) => ({ time, label: release })),
    [found],
  );
  return (
    <MarkersContext value={markers}>
      {found !== undefined && found.length > 0 && <Releases markers={found} />}
      {children}
    </MarkersContext>
  );
}

function Releases({ markers }: { markers: readonly Marker[] }) {
  const { words, format } = useReader();
  return (
    <section className="releases" aria-label={words.releases}>
      <h2>{words.releases}</h2>
      <ul>
        {markers.map(({ service, release, time }) => (
          <li key={`${service} ${release}`}>
            <Link to="" changes={{ release }}>
              <b>{release}</b> {service}
            </Link>{" "}
            <time dateTime={new Date(time * 1_000).toISOString()}>{format.moment(time)}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}
