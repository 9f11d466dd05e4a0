/** The crosshair of a chart: a line and a dot on each of the chart's lines, on a canvas of its own over the plot. */

import type uPlot from "uplot";

export interface Pointer {
  readonly canvas: HTMLCanvasElement;
  /** Draws it where the plot's cursor is. */
  readonly draw: (plot: uPlot) => void;
}

/** The radius of a dot, by which the canvas is larger than the plot on each side. */
const DOT = 4;

/** `colours` has one for each of the plot's series but the times. */
export function createPointer(colour: string, colours: readonly string[]): Pointer {
  const canvas = document.createElement("canvas");
  canvas.className = "pointer";
  const context = canvas.getContext("2d");
  let isClear = true;

  const draw = (plot: uPlot): void => {
    if (context === null) return;
    const { left = -1, idx } = plot.cursor;
    const isAway = left < 0 || idx == null;
    if (isAway && isClear) return;
    isClear = isAway;
    const ratio = devicePixelRatio;
    const room = Math.ceil(DOT * ratio);
    const [width, height] = [plot.bbox.width + 2 * room, plot.bbox.height + 2 * room];
    if (canvas.width === width && canvas.height === height) context.clearRect(0, 0, width, height);
    else [canvas.width, canvas.height] = [width, height];
    if (isAway) return;
    context.fillStyle = colour;
    context.fillRect(room + Math.round(left * ratio), room, Math.max(1, Math.round(ratio)), plot.bbox.height);
    const x = room + plot.valToPos(plot.data[0][idx] ?? 0, "x") * ratio;
    colours.forEach((own, at) => {
      const value = plot.data[at + 1]?.[idx] ?? null;
      if (value === null) return;
      context.fillStyle = own;
      context.beginPath();
      context.arc(x, room + plot.valToPos(value, "y") * ratio, DOT * ratio, 0, 2 * Math.PI);
      context.fill();
    });
  };

  return { canvas, draw };
}
