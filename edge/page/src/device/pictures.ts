/** Pictures of visits: asked for in batches, opened here, kept in memory only. */

import { PictureQueue } from "./picture_queue.ts";
import { may } from "./roles.ts";
import { openPicture, receiverKey, type SealedPicture } from "./sealed.ts";
import { send } from "./commands.ts";
import { Store } from "../store.ts";

export interface PictureState {
  phase: "wait" | "open" | "none";
  url: string | null;
  /** Why there is none: a code of the door, or null. */
  reason: string | null;
}

const MOST_KEPT = 200;
const GATHER_MS = 40;

const known = new Map<string, Store<PictureState>>();
const queues = new Map<string, PictureQueue>();
/** By how many places on the page each is shown. */
const held = new Map<string, number>();
const busy = new Set<string>();
/** Those that the door did not answer for: asked for again when they next come into sight. */
const refused = new Set<string>();

function place(door: string, visit: string): string {
  return `${door} ${visit}`;
}

/** The visit's picture; the first who wants it asks the door, which notes it in its journal. */
export function pictureOf(door: string, visit: string): Store<PictureState> {
  const key = place(door, visit);
  let state = known.get(key);
  if (!state) {
    state = new Store<PictureState>({ phase: "wait", url: null, reason: null });
    known.set(key, state);
    if (!may("picture", door)) {
      state.set({ phase: "none", url: null, reason: "wrong_role" });
      return state;
    }
    queueOf(door).want(visit);
    setTimeout(() => void askFor(door), GATHER_MS);
  }
  return state;
}

/** The picture is shown somewhere. Returns what ends that: what nobody sees is not asked for. */
export function holdPicture(door: string, visit: string): () => void {
  const key = place(door, visit);
  held.set(key, (held.get(key) ?? 0) + 1);
  return () => {
    const left = (held.get(key) ?? 1) - 1;
    if (left) held.set(key, left);
    else held.delete(key);
    if (left) return;
    const isUnasked = queueOf(door).forget(visit);
    if (refused.delete(key) || isUnasked) known.delete(key);
  };
}

function queueOf(door: string): PictureQueue {
  let queue = queues.get(door);
  if (!queue) queues.set(door, (queue = new PictureQueue(performance.now())));
  return queue;
}

/** One command at a time for each door. */
async function askFor(door: string): Promise<void> {
  if (busy.has(door)) return;
  busy.add(door);
  try {
    for (;;) {
      const next = queueOf(door).next(performance.now());
      if ("waitMs" in next) await new Promise((resolve) => setTimeout(resolve, next.waitMs));
      else if (next.visits.length) await askOnce(door, next.visits);
      else return;
    }
  } finally {
    busy.delete(door);
  }
}

async function askOnce(door: string, visits: string[]): Promise<void> {
  const asked = new Map(visits.map((visit) => [visit, known.get(place(door, visit))]));
  const result = await send(door, "picture", { visits, to: await receiverKey() });
  const pictures = (result.values?.["pictures"] ?? []) as (SealedPicture & { reason?: string })[];
  const answers = new Map(pictures.map((picture) => [picture.visit, picture]));
  for (const visit of visits) {
    const state = asked.get(visit);
    const picture = answers.get(visit);
    if (!state || known.get(place(door, visit)) !== state) continue; // erased meanwhile
    if (!picture?.sealed) {
      state.set({ phase: "none", url: null, reason: picture?.reason ?? result.reason });
      if (result.outcome !== "done") refused.add(place(door, visit));
      continue;
    }
    try {
      const jpeg = new Blob([await openPicture(picture)], { type: "image/jpeg" });
      if (known.get(place(door, visit)) !== state) continue; // erased meanwhile
      state.set({ phase: "open", url: URL.createObjectURL(jpeg), reason: null });
    } catch {
      state.set({ phase: "none", url: null, reason: "failed" });
    }
  }
  for (const [key, old] of known) {
    if (known.size <= MOST_KEPT) break;
    erase(key, old); // the oldest first, as a Map keeps them
  }
}

function erase(key: string, state: Store<PictureState>): void {
  if (state.value.url) URL.revokeObjectURL(state.value.url);
  state.set({ phase: "none", url: null, reason: null });
  refused.delete(key);
  known.delete(key);
}

/** Whatever was opened of these visits is erased. */
export function forgetPictures(door: string, visits: readonly string[]): void {
  for (const visit of visits) {
    queueOf(door).forget(visit);
    const state = known.get(place(door, visit));
    if (state) erase(place(door, visit), state);
  }
}

/** Nothing of what was opened is kept. */
export function forgetEveryPicture(): void {
  for (const [key, state] of [...known]) erase(key, state);
}
