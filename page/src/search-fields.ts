/** The fields of a search: they show what the address asks for, and the one with the focus keeps it. */

import { type RefObject, useEffect, useRef } from "react";

/** The form whose fields follow the address: back, or a link, puts its values in. `emptied` begin anew each time. */
export function useFields(
  searched: Readonly<Record<string, string | null>>,
  emptied: readonly string[] = [],
): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  const told = JSON.stringify(searched);
  const begun = emptied.join(" ");
  // Not a form made anew for each search: whoever pressed Enter in a field would stand nowhere.
  useEffect(() => {
    const values = JSON.parse(told) as Record<string, string | null>;
    for (const [name, value] of Object.entries(values)) {
      const field = form.current?.elements.namedItem(name);
      if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) continue;
      field.value = begun.split(" ").includes(name) ? "" : (value ?? "");
    }
  }, [told, begun]);
  return form;
}
