/** Names and values, by name. Everything is shown as text. */

export type PairsOf = Readonly<Record<string, string>>;

/** Whether it may take more lines than are shown at once, in the narrowest place that it stands in. */
function isLong(value: string): boolean {
  return value.length > SHORT || value.split("\n").length > LINES;
}

const SHORT = 100;
const LINES = 8;

export function Pairs({ pairs }: { pairs: PairsOf }) {
  return (
    <dl className="pairs">
      {Object.keys(pairs)
        .sort()
        .map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            {/* A long value scrolls, so the keyboard must reach it. */}
            <dd {...(isLong(pairs[name] ?? "") ? { tabIndex: 0 } : {})}>{pairs[name]}</dd>
          </div>
        ))}
    </dl>
  );
}
