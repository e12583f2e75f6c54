/** Tells whoever keeps names of people beside the visits when a door has forgotten some. */

/** `door` is null where it may have been any: some of what was said was missed. */
type Forgetting = (door: string | null) => void;

const acts = new Set<Forgetting>();

/** Returns what ends it. */
export function onForgotten(act: Forgetting): () => void {
  acts.add(act);
  return () => acts.delete(act);
}

export function tellForgotten(door: string | null): void {
  for (const act of [...acts]) act(door);
}
