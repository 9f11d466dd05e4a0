/** The shapes of the states: each differs by outline, so that colour only repeats what form says. */

import type { AlarmState } from "./alerts/api.ts";
import type { BudgetState, IndicatorState, VerdictState } from "./api.ts";

type Shape = "check" | "warning" | "stop" | "empty" | "half" | "dash";

const VERDICT: Record<VerdictState, Shape> = {
  working: "check",
  degraded: "warning",
  down: "stop",
  no_data: "empty",
};

const INDICATOR: Record<IndicatorState, Shape> = {
  ok: "check",
  breach: "warning",
  low_sample: "half",
  no_data: "empty",
  none: "dash",
};

const BUDGET: Record<BudgetState, Shape> = {
  ok: "check",
  burning: "warning",
  exhausted: "stop",
  low_traffic: "half",
  no_data: "empty",
};

const ALARM: Record<AlarmState, Shape> = {
  inactive: "check",
  pending: "half",
  firing: "warning",
  resolved: "dash",
};

function Outline({ shape }: { shape: Shape }) {
  switch (shape) {
    case "check":
      return (
        <>
          <circle cx="12" cy="12" r="9.5" />
          <path d="m7.5 12.5 3 3 6-6.5" />
        </>
      );
    case "warning":
      return (
        <>
          <path d="M12 3 22 20.500H2Z" />
          <path d="M12 9.500v5M12 17.300v.4" />
        </>
      );
    case "stop":
      return (
        <>
          <path d="M8 2.500h8l5.5 5.500v8L16 21.500H8L2.5 16V8Z" />
          <path d="m8.5 8.5 7 7m0-7-7 7" />
        </>
      );
    case "empty":
      return <circle cx="12" cy="12" r="9.5" strokeDasharray="4.6 3.860" />;
    case "half":
      return (
        <>
          <circle cx="12" cy="12" r="9.5" />
          <path className="glyph-fill" d="M12 2.500a9.5 9.5 0 0 1 0 19Z" />
        </>
      );
    case "dash":
      return <path d="M7 12h10" />;
  }
}

function Glyph({ shape }: { shape: Shape }) {
  return (
    <svg className="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <Outline shape={shape} />
    </svg>
  );
}

export function VerdictGlyph({ state }: { state: VerdictState }) {
  return <Glyph shape={VERDICT[state]} />;
}

export function IndicatorGlyph({ state }: { state: IndicatorState }) {
  return <Glyph shape={INDICATOR[state]} />;
}

export function BudgetGlyph({ state }: { state: BudgetState }) {
  return <Glyph shape={BUDGET[state]} />;
}

export function AlarmGlyph({ state }: { state: AlarmState }) {
  return <Glyph shape={ALARM[state]} />;
}
