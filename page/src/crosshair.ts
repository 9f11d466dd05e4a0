/** One crosshair for all charts, told as a time; lines move one another's already, and cells follow them. */

type Kind = "lines" | "cells";
type Follower = (time: number | null) => void;

const followers = new Map<object, readonly [Kind, Follower]>();

export const crosshair = {
  /** Has `follower` told of the moves of others, until the function that is given back is called. */
  follow(owner: object, kind: Kind, follower: Follower): () => void {
    followers.set(owner, [kind, follower]);
    return () => void followers.delete(owner);
  },
  /** Moves it to a time, in seconds since 1970; null takes it away. */
  move(owner: object, kind: Kind, time: number | null): void {
    for (const [other, [its, follower]] of followers) {
      if (other !== owner && !(kind === "lines" && its === "lines")) follower(time);
    }
  },
};
