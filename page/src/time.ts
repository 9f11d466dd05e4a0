/** Points in time as a form has them: local time without a zone, "2026-11-27T09:30:00". */

export function toLocal(unix: number): string {
  const at = new Date(unix * 1_000);
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day}T${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}

/** Seconds since 1970 of a local time; null for what is none. */
export function fromLocal(text: string): number | null {
  // Without a zone, a date with a time is local: ECMA-262, "Date Time String Format".
  const milliseconds = /^\d{4,}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1_000);
}
