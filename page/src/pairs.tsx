/** Names and values, by name. Everything is shown as text. */

export type PairsOf = Readonly<Record<string, string>>;

export function Pairs({ pairs }: { pairs: PairsOf }) {
  return (
    <dl className="pairs">
      {Object.keys(pairs)
        .sort()
        .map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{pairs[name]}</dd>
          </div>
        ))}
    </dl>
  );
}
