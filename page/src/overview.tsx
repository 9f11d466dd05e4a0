/** The first screen: the verdict, the indicators, and the groups of panels. */

import { useCallback, useState } from "react";
import type { Filter, GroupTitle, Honesty, Status } from "./api.ts";
import { Group } from "./group.tsx";
import { HONESTY, LeftOut } from "./honesty.tsx";
import { Indicators, IndicatorsSkeleton } from "./indicators.tsx";
import { useReader } from "./reader.ts";
import {
  isAnswered,
  statusKey,
  useAwaited,
  useHonesty,
  usePanels,
  useStandingError,
  useStatus,
} from "./refresh.ts";
import { Marked } from "./markers.tsx";
import { FirstStart, NothingHere } from "./start.tsx";
import { PanelsNotice, StaleNotice, Unavailable } from "./trouble.tsx";
import { Verdict, VerdictSkeleton } from "./verdict.tsx";
import type { ViewProps } from "./views.tsx";
import { Working } from "./working.tsx";

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
        <li>
          <a href={`${here}#${HONESTY}`}>{words.leftOut}</a>
        </li>
      </ul>
    </nav>
  );
}

interface GroupsProps {
  readonly first: GroupTitle;
  readonly others: readonly GroupTitle[];
  readonly filter: Filter;
  readonly live: boolean;
  /** With the whole server away, the notice about single groups would only repeat it. */
  readonly quiet: boolean;
}

/** The first group is answered before those that are out of sight are asked for. */
function Groups({ first, others, filter, live, quiet }: GroupsProps) {
  const { text } = useReader();
  const awaited = useAwaited(first.id, filter);
  const groups = [first, ...others];
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
        <Group
          key={group.id}
          title={group}
          filter={filter}
          live={live}
          waits={awaited && group !== first}
          onTrouble={onTrouble}
        />
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

export function Overview({ catalog, filter, live }: ViewProps) {
  const query = useStatus(filter, live);
  const honesty = useHonesty(live, isAnswered(query));
  const [group, ...others] = catalog.groups;
  // Asked for beside the verdict rather than after it: the browser has asked by the document already.
  usePanels(group?.id ?? "", filter, false, group !== undefined);
  const error = useStandingError(query);
  const status = query.data;
  if (status === undefined) {
    if (error !== null) return <Unavailable error={error} retry={() => void query.refetch()} />;
    return (
      <>
        <Sections groups={catalog.groups} />
        <div className="working-over">
          <Working query={query} queryKey={statusKey(filter)} />
        </div>
        <VerdictSkeleton />
        <IndicatorsSkeleton />
      </>
    );
  }
  const stale = query.isPlaceholderData || error !== null;
  const first = isFirstStart(status, honesty.data);
  return (
    <>
      {!first && <Sections groups={catalog.groups} />}
      <div className="working-over">
        <Working query={query} queryKey={statusKey(filter)} />
      </div>
      <Verdict status={status} catalog={catalog} filter={filter} stale={stale} />
      {first && <FirstStart keyed={catalog.keyed} />}
      {!first && status.state === "no_data" && <NothingHere catalog={catalog} filter={filter} />}
      {!first && (
        <>
          <Indicators titles={catalog.indicators} indicators={status.indicators} stale={stale} />
          {group !== undefined && (
            <Marked filter={filter} live={live}>
              <Groups first={group} others={others} filter={filter} live={live} quiet={error !== null} />
            </Marked>
          )}
          <LeftOut honesty={honesty.data} />
        </>
      )}
      {error !== null && <StaleNotice error={error} updated={query.dataUpdatedAt} />}
    </>
  );
}
