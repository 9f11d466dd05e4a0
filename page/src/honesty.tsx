/** What the numbers of the page leave out: each kind by its count, what it means, and what to do. */

import type { Honesty, Shortfall } from "./api.ts";
import { VerdictGlyph } from "./glyph.tsx";
import { useReader } from "./reader.ts";

export const HONESTY = "honesty";

/** The kinds that something is told of, those that are at nothing, and those that nobody tells of. */
export function sorted(all: readonly Shortfall[]): Record<"some" | "none" | "untold", readonly Shortfall[]> {
  return {
    some: all.filter(({ count }) => count !== null && count > 0),
    none: all.filter(({ count }) => count === 0),
    untold: all.filter(({ count }) => count === null),
  };
}

function Parts({ of }: { of: Shortfall }) {
  const { format } = useReader();
  const parts = Object.entries(of.parts);
  if (parts.length === 0) return null;
  return (
    <p className="left-out-parts">
      {parts.map(([name, count]) => `${name} (${format.number(count)})`).join(" · ")}
    </p>
  );
}

function Row({ of }: { of: Shortfall }) {
  const { words, text, format } = useReader();
  return (
    <li data-state={of.harms ? "degraded" : "none"}>
      <p className="left-out-count">
        <b>{format.number(of.count ?? 0)}</b>
        {of.share !== null && <span>{words.shareOfCalls(format.value(of.share, "ratio"))}</span>}
      </p>
      <div>
        <h3>{text(of.title)}</h3>
        <p className="quiet">{text(of.counted)}</p>
        {of.since !== null && (
          <p className="quiet">{words.oldestWaits(format.ago(Date.now() / 1_000 - of.since))}</p>
        )}
        <Parts of={of} />
      </div>
      <p>{text(of.means)}</p>
      <p>
        <span className="left-out-label">{words.toDo}</span> {text(of.remedy)}
      </p>
    </li>
  );
}

function Rest({ label, of }: { label: string; of: readonly Shortfall[] }) {
  const { text } = useReader();
  if (of.length === 0) return null;
  return (
    <p className="left-out-rest">
      <b>{label}</b>{" "}
      {of.map((one, at) => (
        <span key={one.id} title={text(one.means)}>
          {at > 0 && " · "}
          {text(one.title)}
        </span>
      ))}
    </p>
  );
}

export function LeftOut({ honesty }: { honesty: Honesty | undefined }) {
  const { words, text } = useReader();
  const { some, none, untold } = sorted(honesty?.shortfalls ?? []);
  const harm = some.filter(({ harms }) => harms);
  const unsure = untold.some(({ harms }) => harms);
  const state = harm.length > 0 ? "degraded" : unsure ? "no_data" : "working";
  return (
    <section
      id={HONESTY}
      className="honesty"
      aria-labelledby="honesty-title"
      aria-busy={honesty === undefined}
    >
      <h2 id="honesty-title">{words.leftOut}</h2>
      <div className="panel left-out">
        {honesty === undefined ? (
          <span className="skeleton skeleton-sentence" />
        ) : (
          <>
            <p className="left-out-lead" data-state={state}>
              <VerdictGlyph state={state} />
              {harm.length > 0
                ? words.someLeftOut(harm.map(({ title }) => text(title)).join(" · "))
                : unsure
                  ? words.nothingKnownLeftOut
                  : words.nothingLeftOut}
            </p>
            {honesty.settings.map((one) => (
              <p key={one.en} className="slo-warning" role="note">
                {text(one)}
              </p>
            ))}
            {some.length > 0 && (
              <ul>
                {some.map((one) => (
                  <Row key={one.id} of={one} />
                ))}
              </ul>
            )}
            <Rest label={words.noneOf} of={none} />
            <Rest label={words.untold} of={untold} />
            {untold.length > 0 && honesty.processes === 0 && <p className="quiet">{words.noProcess}</p>}
          </>
        )}
      </div>
    </section>
  );
}
