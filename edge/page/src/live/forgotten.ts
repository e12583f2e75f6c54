/** Tells whoever keeps names of people beside the visits when a door has forgotten some.
 *
 * Whoever asked before that, and is answered after it, is answered with the names of before: such an
 * answer is not for the page. It is asked for again.
 */

/** `door` is null where it may have been any: some of what was said was missed. */
type Forgetting = (door: string | null) => void;

const acts = new Set<Forgetting>();
let count = 0;

/** Returns what ends it. */
export function onForgotten(act: Forgetting): () => void {
  acts.add(act);
  return () => acts.delete(act);
}

export function tellForgotten(door: string | null): void {
  count += 1;
  for (const act of [...acts]) act(door);
}

/** How often something was forgotten since the page was opened. */
export function forgettings(): number {
  return count;
}

/** What `ask` is answered once nothing was forgotten between question and answer. */
export async function unovertaken<T>(ask: () => Promise<T>): Promise<T> {
  const before = count;
  const answer = await ask();
  // A loop would hold the answer that nobody is to have until the next one is there.
  return count === before ? answer : unovertaken(ask);
}
