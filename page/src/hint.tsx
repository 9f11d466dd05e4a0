/** A small button that opens an explanation beside it: the browser's own popover. */

import { useId } from "react";
import { useReader } from "./reader.ts";

export function Hint({ title, text }: { title: string; text: string }) {
  const { words } = useReader();
  const id = useId();
  return (
    <>
      <button type="button" className="hint" popoverTarget={id} aria-label={words.about(title)}>
        <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
          <circle cx="8" cy="8" r="6.5" />
          <path d="M8 7.300v3.900M8 4.700v.3" />
        </svg>
      </button>
      <div id={id} popover="auto" className="hint-text">
        <strong>{title}</strong>
        <p>{text}</p>
      </div>
    </>
  );
}
