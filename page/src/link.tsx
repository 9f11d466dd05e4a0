/** A link to another place of the page: a real address, followed without loading the page again. */

import type { MouseEvent, ReactNode } from "react";
import { type Changes, hrefOf, open, useAddress } from "./address.ts";

interface LinkProps {
  /** The place, such as "traces" or "traces/4bf92f…"; "" is the overview. */
  readonly to: string;
  /** What of the filters is different there; null removes one. */
  readonly changes?: Changes;
  readonly className?: string;
  readonly current?: boolean;
  /** Whether to stay at the place in the page that is being read. */
  readonly stay?: boolean;
  readonly children: ReactNode;
}

/** A click that asks for a new tab or window is the browser's. */
function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

export function Link({ to, changes = {}, className, current = false, stay = false, children }: LinkProps) {
  // The address holds the filters that the link keeps, so a change of them is a change of it.
  useAddress();
  return (
    <a
      href={hrefOf(to, changes)}
      className={className}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (!isPlain(event)) return;
        event.preventDefault();
        open(to, changes);
        if (!stay) scrollTo(0, 0);
      }}
    >
      {children}
    </a>
  );
}
