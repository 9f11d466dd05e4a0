/** A text that changes with each move of the crosshair, written past React, which takes too long for that. */

/** Gives what writes the text of a place that nothing else writes to. */
export function movingText(place: Element): (reading: string) => void {
  // The node's data, never the place's content: a new node would have the place styled anew.
  const node = place.firstChild instanceof Text ? place.firstChild : place.appendChild(new Text());
  return (reading) => {
    if (node.data !== reading) node.data = reading;
  };
}
