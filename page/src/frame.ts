/** What is to be done with the next frame: all charts in one turn, each once however often it was moved. */

const waiting = new Map<object, () => void>();

function drawAll(): void {
  const every = [...waiting.values()];
  waiting.clear();
  for (const draw of every) draw();
}

export const frame = {
  /** Has `draw` called with the next frame, in the place of what `owner` had asked for it before. */
  ask(owner: object, draw: () => void): void {
    if (waiting.size === 0) requestAnimationFrame(drawAll);
    waiting.set(owner, draw);
  },
  /** Takes back what `owner` asked for. */
  forget(owner: object): void {
    waiting.delete(owner);
  },
};
