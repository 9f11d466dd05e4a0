/** Where the focus goes when the button that had it is gone: nowhere, a reader by keyboard would begin at the top. */

/** To what the page is about. */
export function focusMain(): void {
  document.querySelector("main")?.focus({ preventScroll: true });
}

/** To the first field of the button's form. */
export function focusFirst(button: HTMLButtonElement): void {
  const first = button.form?.elements[0];
  if (first instanceof HTMLElement) first.focus();
}
