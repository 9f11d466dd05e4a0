/** How much of the screen the bar at the top covers, for what has to stand below it. */

import { type RefObject, useEffect, useRef } from "react";

/** Keeps `--head` at the element's height: the bar has more lines on a narrow screen, and none that stay on a phone. */
export function useHead(): RefObject<HTMLDivElement | null> {
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const bar = head.current;
    if (bar === null) return;
    const watch = new ResizeObserver(() => {
      document.documentElement.style.setProperty("--head", `${bar.offsetHeight}px`);
    });
    watch.observe(bar);
    return () => watch.disconnect();
  }, []);
  return head;
}
