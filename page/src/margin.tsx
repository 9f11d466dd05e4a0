/** How far the quantiles beside it may lie off; nothing where they are exact. */

import type { Measured } from "./api.ts";
import { useReader } from "./reader.ts";

export function Margin({ of }: { of: Measured | undefined }) {
  const { words, format } = useReader();
  if (!of?.approximate) return null;
  return (
    <span className="margin" title={words.marginMeaning}>
      ± {format.tick(of.approximate, "ratio")}
      <span className="unseen">. {words.marginMeaning}</span>
    </span>
  );
}
