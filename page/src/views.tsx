/** The page's views: what each is called, where it stands, and what shows it. Add a view here. */

import { type ComponentType, lazy } from "react";
import type { Catalog, Filter } from "./api.ts";
import { Overview } from "./overview.tsx";
import type { Words } from "./words.ts";

export interface ViewProps {
  readonly catalog: Catalog;
  readonly filter: Filter;
  /** Whether to go on asking; false also while nobody looks. */
  readonly live: boolean;
  /** What stands behind the view's name in the path: the id in "/traces/4bf92f…", else "". */
  readonly rest: string;
}

export interface View {
  /** The first part of its path; "" is the page's root. */
  readonly name: string;
  readonly title: (words: Words) => string;
  /** A view that few open first is loaded when it is opened: give it by React's `lazy`. */
  readonly Show: ComponentType<ViewProps>;
}

export const VIEWS: readonly View[] = [
  { name: "", title: (words) => words.overview, Show: Overview },
  { name: "traces", title: (words) => words.traces, Show: lazy(() => import("./traces/view.tsx")) },
  { name: "sessions", title: (words) => words.sessions, Show: lazy(() => import("./sessions/view.tsx")) },
  { name: "logs", title: (words) => words.logs, Show: lazy(() => import("./logs/view.tsx")) },
  { name: "slos", title: (words) => words.slos, Show: lazy(() => import("./slos/view.tsx")) },
  { name: "alerts", title: (words) => words.alerts, Show: lazy(() => import("./alerts/view.tsx")) },
];
