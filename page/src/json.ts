/** JSON without rounding: a number of JavaScript holds 53 bits, an id in a log or an argument may have more. */

interface Source {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown, context?: Source) => unknown;

/** What a browser of before 2025 lacks: there such numbers are rounded, as they always were. */
const exact = JSON as unknown as {
  readonly parse: (text: string, reviver: Reviver) => unknown;
  readonly rawJSON?: (text: string) => unknown;
};

function kept(_: string, value: unknown, context?: Source): unknown {
  const isRounded = typeof value === "number" && !Number.isSafeInteger(value) && Number.isInteger(value);
  return isRounded && context?.source !== undefined && exact.rawJSON !== undefined
    ? exact.rawJSON(context.source)
    : value;
}

/** The value; whole numbers that would be rounded are kept as they are written, for `JSON.stringify` alone. */
export function parseJson(text: string): unknown {
  return exact.parse(text, kept);
}
