/** A button that copies a text. */

import { useEffect, useState } from "react";
import { useReader } from "./reader.ts";

export function Copy({ text, label }: { text: string; label?: string }) {
  const { words } = useReader();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  // Only a secure address may write to the clipboard; elsewhere the text is there to be selected.
  if (!isSecureContext) return null;
  return (
    <button
      type="button"
      className="copy"
      aria-label={copied ? undefined : label}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => setCopied(true));
      }}
    >
      {copied ? words.copied : words.copy}
    </button>
  );
}
