/** Which colour each line of a chart has, of those that `theme.css` numbers. */

const COLOURS = 8;

/** A line with a place has the colour of its place in every chart; the others have the rest, in their order. */
export function coloursOf(lines: readonly { readonly place?: number | null }[]): number[] {
  const placed = new Set(lines.flatMap(({ place }) => (place == null ? [] : [place % COLOURS])));
  const all = Array.from({ length: COLOURS }, (_, colour) => colour);
  const free = placed.size < COLOURS ? all.filter((colour) => !placed.has(colour)) : all;
  let next = 0;
  return lines.map(({ place }) =>
    place == null ? (free[next++ % free.length] ?? 0) : place % COLOURS,
  );
}
