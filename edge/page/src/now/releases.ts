/** Releases that are under way or were just answered, by door: card and dialog show the same. */

import { type Result, send } from "../device.ts";
import { Store, useStore } from "../store.ts";

export interface Release {
  phase: "pending" | "answered";
  result: Result | null;
  isLate: boolean;
}

const releases = new Store<Readonly<Record<string, Release>>>({});

/** So long the good answer stays beside the button; any other stays until somebody takes it away. */
const SHOWN_MS = 20_000;

export function useRelease(door: string): Release | undefined {
  return useStore(releases, (all) => all[door]);
}

export async function release(door: string, why: string): Promise<void> {
  if (releases.value[door]?.phase === "pending") return;
  show(door, { phase: "pending", result: null, isLate: false });
  const onLate = (result: Result) => show(door, { phase: "answered", result, isLate: true });
  const result = await send(door, "unlock", { reason: why }, { onLate });
  show(door, { phase: "answered", result, isLate: false });
}

function show(door: string, shown: Release): void {
  releases.patch({ [door]: shown });
  if (shown.result?.outcome !== "done") return;
  setTimeout(() => {
    if (releases.value[door] === shown) dismiss(door);
  }, SHOWN_MS);
}

export function dismiss(door: string): void {
  if (releases.value[door]?.phase === "pending") return;
  const { [door]: _, ...others } = releases.value;
  releases.set(others);
}
