/** A group of panels that answer one question together. */

import { useEffect, useRef } from "react";
import type { Filter, GroupTitle, Panel, PanelGroup, PanelTitle } from "./api.ts";
import { Hint } from "./hint.tsx";
import { Margin } from "./margin.tsx";
import { Bars } from "./panels/bars.tsx";
import { Heatmap, isCold } from "./panels/heatmap.tsx";
import { Month } from "./panels/month.tsx";
import { Stat } from "./panels/stat.tsx";
import { Table } from "./panels/table.tsx";
import { hasValue, TimeSeries } from "./panels/timeseries.tsx";
import { useReader } from "./reader.ts";
import {
  panelsKey,
  reckonedKey,
  useCatalog,
  useInView,
  usePanels,
  useReckoned,
  useStandingError,
} from "./refresh.ts";
import { Working } from "./working.tsx";

function isEmpty(panel: Panel): boolean {
  switch (panel.kind) {
    case "timeseries":
      return !hasValue(panel);
    case "bars":
    case "table":
      return panel.rows.length === 0;
    case "stat":
      return panel.value === null;
    case "heatmap":
      return isCold(panel);
    case "month":
      return panel.cost.spent_usd === null;
  }
}

/** A table of many columns gets a row of its own, whether it has rows yet or not. */
function isWide(panel: Panel | undefined): boolean {
  return panel?.kind === "table" && panel.columns.length > 5;
}

function Empty({ panel }: { panel: Panel }) {
  const { words, text } = useReader();
  const title = useCatalog().data?.filters.find((one) => one.name === panel.unfit)?.title;
  return (
    <div className="empty">
      <p className="absent">{title === undefined ? words.no_data : words.unfit(text(title))}</p>
      {title === undefined && <p>{words.noneInWindow}</p>}
    </div>
  );
}

function Body({ title, panel, group }: { title: string; panel: Panel; group: PanelGroup }) {
  switch (panel.kind) {
    case "timeseries":
      return (
        <TimeSeries
          title={title}
          panel={panel}
          from={panel.from ?? group.from}
          to={panel.to ?? group.to}
        />
      );
    case "bars":
      return <Bars title={title} panel={panel} />;
    case "table":
      return <Table title={title} panel={panel} />;
    case "stat":
      return <Stat title={title} panel={panel} />;
    case "heatmap":
      return <Heatmap title={title} panel={panel} />;
    case "month":
      return <Month title={title} cost={panel.cost} />;
  }
}

interface PanelFrameProps {
  readonly title: PanelTitle;
  readonly panel: Panel | undefined;
  readonly group: PanelGroup | undefined;
}

function PanelFrame({ title, panel, group }: PanelFrameProps) {
  const { text } = useReader();
  const heading = text(title.title);
  return (
    <article
      className="panel"
      data-kind={title.kind}
      data-panel={title.id}
      data-wide={isWide(panel)}
    >
      <div className="panel-head">
        <h3>{heading}</h3>
        <Margin of={panel} />
        <Hint title={heading} text={text(title.help)} />
      </div>
      <div className="panel-body">
        {panel === undefined || group === undefined ? (
          <span className="skeleton skeleton-panel" />
        ) : isEmpty(panel) ? (
          <Empty panel={panel} />
        ) : (
          <Body title={heading} panel={panel} group={group} />
        )}
      </div>
      {panel?.note != null && <p className="panel-note">{text(panel.note)}</p>}
    </article>
  );
}

/** So many single numbers stand above one another, as tall together as a chart. */
const STACKED = 3;

/** The panels in their order, single numbers that follow one another put together. */
function stacks(panels: readonly PanelTitle[]): readonly (readonly PanelTitle[])[] {
  const found: PanelTitle[][] = [];
  for (const panel of panels) {
    const last = found.at(-1);
    const joins = panel.kind === "stat" && last?.[0]?.kind === "stat" && last.length < STACKED;
    if (joins) last.push(panel);
    else found.push([panel]);
  }
  return found;
}

interface GroupProps {
  readonly title: GroupTitle;
  readonly filter: Filter;
  readonly live: boolean;
  /** Whether what is out of sight waits: what is looked at is answered first. */
  readonly waits: boolean;
  /** Tells whether this group's last request failed, so that the page says it in one place. */
  readonly onTrouble: (group: string, message: string | null) => void;
}

export function Group({ title, filter, live, waits, onTrouble }: GroupProps) {
  const { text } = useReader();
  const section = useRef<HTMLElement>(null);
  const inView = useInView(section);
  const query = usePanels(title.id, filter, live && inView, inView || !waits);
  const { data, isPlaceholderData } = query;
  const hasReckoned = title.panels.some((panel) => panel.reckoned);
  const apart = useReckoned(title.id, filter, hasReckoned && data !== undefined, live && inView);
  const failed = useStandingError(query);
  const failedApart = useStandingError(apart);
  const message = (failed ?? failedApart)?.message ?? null;
  useEffect(() => onTrouble(title.id, message), [onTrouble, title.id, message]);
  const told = [...(data?.panels ?? []), ...(apart.data?.panels ?? [])];
  const panels = new Map(told.map((panel) => [panel.id, panel]));
  return (
    <section
      ref={section}
      id={title.id}
      className="group"
      aria-labelledby={`${title.id}-title`}
      aria-busy={data === undefined}
      data-stale={isPlaceholderData}
    >
      <div className="group-head">
        <h2 id={`${title.id}-title`}>{text(title.title)}</h2>
        <Working query={query} queryKey={panelsKey(title.id, filter)} />
        {hasReckoned && data !== undefined && !isPlaceholderData && (
          <Working query={apart} queryKey={reckonedKey(title.id, filter)} />
        )}
      </div>
      <div className="panels">
        {stacks(title.panels).map((stack) => {
          const frames = stack.map((panel) => (
            <PanelFrame key={panel.id} title={panel} panel={panels.get(panel.id)} group={data} />
          ));
          return stack.length === 1 ? (
            frames
          ) : (
            <div key={stack[0]?.id} className="stack">
              {frames}
            </div>
          );
        })}
      </div>
    </section>
  );
}
