/** Silences: which there are, and the form that makes one. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { keepName, keptName } from "../preferences.ts";
import { useReader } from "../reader.ts";
import { useStandingError } from "../refresh.ts";
import { fromLocal, toLocal } from "../time.ts";
import { reasonOf } from "../trouble.tsx";
import { type Matcher, type Silence, useSilences, useSilencing } from "./api.ts";

const HOUR_S = 3_600;
const SILENCES = "silences";
const LENGTHS_S = [HOUR_S, 4 * HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S];

function About({ matchers }: { matchers: readonly Matcher[] }) {
  return <code>{matchers.map(({ label, value }) => `${label}=${value}`).join(", ")}</code>;
}

function Row({ silence, onEnd }: { silence: Silence; onEnd: (id: string) => void }) {
  const { words, format, text } = useReader();
  return (
    <tr data-state={silence.state === "active" ? "ok" : "none"}>
      <td>{words.silenceStates[silence.state]}</td>
      <th scope="row">
        <About matchers={silence.matchers} />
        {silence.warnings.map((warning) => (
          <p key={warning.en} className="slo-warning" role="note">
            {text(warning)}
          </p>
        ))}
      </th>
      <td>{silence.who}</td>
      <td>{silence.why}</td>
      <td>{format.minute(silence.ends)}</td>
      <td className="numeric">
        {silence.state !== "expired" && (
          <button type="button" onClick={() => onEnd(silence.id)}>
            {words.endSilence}
          </button>
        )}
      </td>
    </tr>
  );
}

/** Where the focus goes when the button that had it is gone: to the list that tells what came of it. */
function focusSilences(): void {
  document.getElementById(SILENCES)?.focus();
}

export function Silences({ live, onMake }: { live: boolean; onMake: () => void }) {
  const { words } = useReader();
  const query = useSilences(live);
  const silences = query.data?.silences;
  const error = useStandingError(query);
  const { end } = useSilencing();
  return (
    <section aria-labelledby={SILENCES}>
      <div className="section-head">
        <h2 id={SILENCES} tabIndex={-1}>{words.silences}</h2>
        <button type="button" onClick={onMake}>
          {words.makeSilence}
        </button>
      </div>
      <div className="scroll card" tabIndex={0} role="group" aria-labelledby={SILENCES}>
        {silences === undefined || silences.length === 0 ? (
          <p className="absent none">{silences !== undefined ? words.noSilences : error === null ? words.loading : reasonOf(error, words)}</p>
        ) : (
          <table className="rows" aria-labelledby={SILENCES}>
            <thead>
              <tr>
                <th scope="col">{words.state}</th>
                <th scope="col">{words.silenced}</th>
                <th scope="col">{words.who}</th>
                <th scope="col">{words.why}</th>
                <th scope="col">{words.until}</th>
                <th scope="col">
                  <span className="unseen">{words.endSilence}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {silences.map((silence) => (
                <Row key={silence.id} silence={silence} onEnd={(id) => end.mutate(id, { onSuccess: focusSilences })} />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {end.error !== null && <p role="alert">{reasonOf(end.error, words)}</p>}
    </section>
  );
}

interface SilenceDialogProps {
  readonly matchers: readonly Matcher[];
  /** The names of alerts, to choose from where the name is asked for. */
  readonly names: readonly string[];
  readonly onClose: () => void;
}

export function SilenceDialog({ matchers, names, onClose }: SilenceDialogProps) {
  const { words, format } = useReader();
  const dialog = useRef<HTMLDialogElement>(null);
  const until = useRef<HTMLInputElement>(null);
  const title = useId();
  const list = useId();
  const { make } = useSilencing();
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const inSeconds = (seconds: number): string => toLocal(Date.now() / 1_000 + seconds);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const read = (name: string): string => String(given.get(name) ?? "").trim();
    const ends = fromLocal(read("until"));
    setWrong(ends === null ? words.untilWhen : null);
    if (ends === null) return;
    keepName(read("who"));
    const about = matchers.map(({ label }, at) => ({ label, value: read(`matcher-${at}`) }));
    const made = (): void => {
      dialog.current?.close();
      focusSilences();
    };
    make.mutate({ matchers: about, who: read("who"), why: read("why"), ends }, { onSuccess: made });
  };
  const trouble = wrong ?? (make.error === null ? null : reasonOf(make.error, words));
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={title} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <h2 id={title}>{words.makeSilence}</h2>
        <p className="quiet">{words.silenceMeaning}</p>
        {matchers.map(({ label, value }, at) => (
          <label key={label}>
            {label}
            <input
              type="text"
              name={`matcher-${at}`}
              defaultValue={value}
              required={label === "alertname"}
              autoComplete="off"
              {...(label === "alertname" ? { list } : {})}
            />
          </label>
        ))}
        <datalist id={list}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label>
          {words.who}
          <input type="text" name="who" required maxLength={200} defaultValue={keptName()} />
        </label>
        <label>
          {words.why}
          <input type="text" name="why" required maxLength={1000} autoComplete="off" />
        </label>
        <label>
          {words.until}
          <input
            ref={until}
            type="datetime-local"
            name="until"
            step="1"
            required
            defaultValue={inSeconds(LENGTHS_S[1] ?? HOUR_S)}
          />
        </label>
        <p className="lengths">
          {LENGTHS_S.map((seconds) => (
            <button
              key={seconds}
              type="button"
              onClick={() => {
                if (until.current !== null) until.current.value = inSeconds(seconds);
              }}
            >
              {format.seconds(seconds)}
            </button>
          ))}
        </p>
        {trouble !== null && <p role="alert">{trouble}</p>}
        <p className="actions">
          <button type="submit" className="primary" disabled={make.isPending}>
            {words.silenceIt}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {words.cancel}
          </button>
        </p>
      </form>
    </dialog>
  );
}
