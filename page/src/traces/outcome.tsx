/** How a call ended, in a word and a colour. */

import { useReader } from "../reader.ts";
import { traceWords } from "./words.ts";

const STATES: Readonly<Record<string, string>> = {
  ok: "ok",
  error: "down",
  cancelled: "no_data",
  aborted: "degraded",
};

export function Outcome({ outcome, error }: { outcome: string; error: string }) {
  const { language } = useReader();
  const words = traceWords[language];
  const known = outcome === "ok" || outcome === "error" || outcome === "cancelled" || outcome === "aborted";
  return (
    <span className="outcome" data-state={STATES[outcome] ?? "no_data"}>
      {outcome === "error" && error !== "" ? error : known ? words[outcome] : outcome || "–"}
    </span>
  );
}
