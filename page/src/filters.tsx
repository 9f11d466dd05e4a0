/** The filters: the time that is looked at, what it is compared with, and the values that rows must have. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { type FilterName, goTo } from "./address.ts";
import type { Catalog, Filter, FilterTitle } from "./api.ts";
import { focusMain } from "./focus.ts";
import { useReader } from "./reader.ts";
import { useValues } from "./refresh.ts";
import { fromLocal, toLocal } from "./time.ts";
import { NO_FILTERS } from "./trouble.tsx";

/** The filter that is always in sight; the others open from one button. */
const FIRST: FilterName = "feature";

/** Of these there are too many for a list to choose from, so that one can be typed. */
const TYPED: readonly FilterName[] = ["user"];

export function Windows({ catalog, filter }: { catalog: Catalog | undefined; filter: Filter }) {
  const { words, format } = useReader();
  const names = catalog?.windows ?? [filter.window];
  const isChosen = filter.from !== null || filter.to !== null;
  return (
    <fieldset className="segments">
      <legend className="unseen">{words.window}</legend>
      {names.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name="window"
            value={name}
            checked={!isChosen && name === filter.window}
            onChange={() => goTo({ window: name, from: null, to: null })}
          />
          <span>{format.window(name)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Any other time: from and to, in the reader's zone. */
export function CustomTime({ filter, shown }: CustomTimeProps) {
  const { words, format } = useReader();
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const isChosen = filter.from !== null || filter.to !== null;
  const [wrong, setWrong] = useState(false);
  const [opened, setOpened] = useState(shown);
  const apply = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const from = fromLocal(String(given.get("from")));
    const to = fromLocal(String(given.get("to")));
    setWrong(from === null || to === null || from >= to);
    if (from === null || to === null || from >= to) return;
    menu.current?.hidePopover();
    goTo({ from: String(from), to: String(to), window: null });
  };
  const label =
    isChosen && shown !== undefined
      ? `${format.minute(shown.from)} – ${format.minute(shown.to)}`
      : words.chooseTime;
  return (
    <>
      <button ref={opener} type="button" className="menu-button" data-on={isChosen} popoverTarget={id}>
        {label}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="menu"
        onToggle={(event) => {
          if (event.newState !== "open") return;
          setOpened(shown);
          setWrong(false);
        }}
      >
        {/* What stood when it was opened: an answer that comes meanwhile takes nothing that was typed. */}
        <form onSubmit={apply} key={`${opened?.from} ${opened?.to}`}>
          <label>
            {words.from}
            <input
              type="datetime-local"
              name="from"
              step="1"
              required
              defaultValue={opened && toLocal(opened.from)}
            />
          </label>
          <label>
            {words.to}
            <input
              type="datetime-local"
              name="to"
              step="1"
              required
              defaultValue={opened && toLocal(opened.to)}
            />
          </label>
          <p className="quiet">{words.zone(format.zone)}</p>
          {wrong && <p role="alert">{words.fromBeforeTo}</p>}
          <button type="submit" className="primary">
            {words.apply}
          </button>
        </form>
      </div>
      {isChosen && (
        <button
          type="button"
          onClick={() => {
            opener.current?.focus(); // this button is gone then
            goTo({ from: null, to: null });
          }}
        >
          {words.backToNow}
        </button>
      )}
    </>
  );
}

interface CustomTimeProps {
  readonly filter: Filter;
  /** The time that the last answer was about, in seconds since 1970. */
  readonly shown: { readonly from: number; readonly to: number } | undefined;
}

export function Compare({ filter }: { filter: Filter }) {
  const { words } = useReader();
  const on = filter.compare === "before";
  return (
    <button
      type="button"
      className="menu-button"
      aria-pressed={on}
      data-on={on}
      onClick={() => goTo({ compare: on ? null : "before" })}
    >
      {words.compare}
    </button>
  );
}

/** A value from the address stays choosable while no call has it. */
function choices(values: readonly string[], value: string | null): readonly string[] {
  return value === null || values.includes(value) ? values : [value, ...values];
}

interface ValueProps {
  readonly title: FilterTitle;
  readonly value: string | null;
  readonly values: readonly string[];
}

function Select({ title, value, values }: ValueProps) {
  const { text } = useReader();
  return (
    <select
      name={title.name}
      value={value ?? ""}
      onChange={(event) => goTo({ [title.name]: event.target.value || null })}
    >
      <option value="">{text(title.every)}</option>
      {choices(values, value).map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}

function Typed({ title, value, values }: ValueProps) {
  const { text } = useReader();
  const list = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current !== null) field.current.value = value ?? "";
  }, [value]);
  const take = (): void => {
    const typed = field.current?.value.trim() ?? "";
    if (typed !== (value ?? "")) goTo({ [title.name]: typed || null });
  };
  return (
    <>
      <input
        ref={field}
        type="search"
        name={title.name}
        list={list}
        autoComplete="off"
        defaultValue={value ?? ""}
        placeholder={text(title.every)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
        }}
      />
      <datalist id={list}>
        {values.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}

export function First({ catalog, filter, features }: FirstProps) {
  const { words, text } = useReader();
  const title = catalog?.filters.find((one) => one.name === FIRST);
  const value = filter[FIRST];
  return (
    <label className="feature">
      <span className="unseen">{title === undefined ? words.filters : text(title.title)}</span>
      {title !== undefined && <Select title={title} value={value} values={features} />}
    </label>
  );
}

interface FirstProps {
  readonly catalog: Catalog | undefined;
  readonly filter: Filter;
  readonly features: readonly string[];
}

/** The other filters, in a menu; their values are asked for when it opens. */
export function More({ catalog, filter }: { catalog: Catalog | undefined; filter: Filter }) {
  const { words, text } = useReader();
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState(false);
  const found = useValues(opened);
  useEffect(() => {
    const element = menu.current;
    const onToggle = (event: Event): void => {
      if ((event as ToggleEvent).newState === "open") setOpened(true);
    };
    element?.addEventListener("toggle", onToggle);
    return () => element?.removeEventListener("toggle", onToggle);
  }, []);
  const titles = (catalog?.filters ?? []).filter((one) => one.name !== FIRST);
  const count = titles.filter((one) => filter[one.name] !== null).length;
  return (
    <>
      <button type="button" className="menu-button" data-on={count > 0} popoverTarget={id}>
        {words.moreFilters}
      </button>
      <div ref={menu} id={id} popover="auto" className="menu">
        {titles.map((title) => {
          const Field = TYPED.includes(title.name) ? Typed : Select;
          const values = found.data?.values[title.name] ?? [];
          return (
            <label key={title.name}>
              {text(title.title)}
              <Field title={title} value={filter[title.name]} values={values} />
            </label>
          );
        })}
        {found.isFetching && found.data === undefined && <p className="quiet">{words.loading}</p>}
        {found.error !== null && <p role="alert">{found.error.message}</p>}
      </div>
    </>
  );
}

/** The filters that are set, each with a way to take it away. */
export function Chips({ catalog, filter }: { catalog: Catalog | undefined; filter: Filter }) {
  const { words, text } = useReader();
  const set = (catalog?.filters ?? []).flatMap((title) => {
    const value = filter[title.name];
    return value === null ? [] : [{ title, value }];
  });
  if (set.length === 0) return null;
  const without = (changes: Record<string, string | null>): void => {
    focusMain();
    goTo(changes);
  };
  return (
    <section aria-label={words.activeFilters}>
      <ul className="chips">
        {set.map(({ title, value }) => (
          <li key={title.name}>
            <button
              type="button"
              aria-label={words.removeFilter(text(title.title), value)}
              onClick={() => without({ [title.name]: null })}
            >
              <span className="chip-name">{text(title.title)}</span>
              <span className="chip-value">{value}</span>
              <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
        {set.length > 1 && (
          <li>
            <button type="button" className="plain" onClick={() => without({ ...NO_FILTERS, window: filter.window, from: filter.from, to: filter.to })}>
              {words.clearFilters}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}
