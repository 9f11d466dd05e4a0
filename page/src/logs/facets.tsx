/** What the lines have in common: values to narrow a search down by, with how many lines have them. */

import { goTo } from "../address.ts";
import type { Filter } from "../api.ts";
import { useReader } from "../reader.ts";
import { attributesOf, type Facet, type Searched, useFacets } from "./asking.ts";
import type { SeverityName } from "./line.ts";
import { severityTitle } from "./search-form.tsx";
import { logWords } from "./words.ts";

/** Shorter than where the server cuts values off: a value that was cut would find nothing. */
const LONGEST = 199;

function isSet(facet: Facet, value: string, filter: Filter, searched: Searched): boolean {
  switch (facet.of) {
    case "severity":
      return searched.severity === value;
    case "service":
      return filter.service === value;
    case "event":
      return searched.event === value;
    case "attribute":
      return attributesOf(searched).includes(`${facet.name}=${value}`);
  }
}

function toggle(facet: Facet, value: string, set: boolean, searched: Searched): void {
  if (facet.of !== "attribute") {
    goTo({ [facet.of]: set ? null : value });
    return;
  }
  const line = `${facet.name}=${value}`;
  const others = attributesOf(searched).filter((one) => one !== line);
  goTo({ attribute: (set ? others : [...others, line]).join("\n") || null });
}

interface FacetsProps {
  readonly filter: Filter;
  readonly searched: Searched;
}

export function FacetList({ filter, searched }: FacetsProps) {
  const { language, format } = useReader();
  const words = logWords[language];
  const { data } = useFacets(filter, searched);
  if (data === undefined || data.facets.length === 0) return null;
  const titles = { severity: words.severity, service: words.service, event: words.event };
  const counted = format.number(data.records);
  return (
    <details className="facets" open={matchMedia("(min-width: 900px)").matches}>
      <summary>{words.facets}</summary>
      <p className="quiet">{data.sampled ? words.sampled(counted) : words.counted(counted)}</p>
      {data.facets.map((facet) => (
        <section key={facet.of + facet.name}>
          <h2>{facet.of === "attribute" ? facet.name : titles[facet.of]}</h2>
          <ul>
            {facet.values
              .filter(({ value }) => value.length <= LONGEST)
              .map(({ value, records }) => {
                const set = isSet(facet, value, filter, searched);
                return (
                  <li key={value}>
                    <button type="button" aria-pressed={set} onClick={() => toggle(facet, value, set, searched)}>
                      <span className="facet-value">
                        {facet.of === "severity" ? severityTitle(value as SeverityName, words) : value}
                      </span>
                      <span className="facet-count">{format.number(records)}</span>
                    </button>
                  </li>
                );
              })}
          </ul>
        </section>
      ))}
    </details>
  );
}
