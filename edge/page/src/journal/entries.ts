/** Entries of the journal: from the server, page by page, or from a door itself. */

import { call, type Result, send } from "../device.ts";
import { unovertaken } from "../live/forgotten.ts";
import type { EntriesAnswer, Entry } from "../wire.ts";

export interface Loaded {
  entries: readonly Entry[];
  /** Where to go on; null at the end. */
  more: string | null;
  /** What the door said, where it was asked. */
  result: Result | null;
}

const AT_ONCE = 100;

export async function fromServer(door: string, before: string | null): Promise<Loaded> {
  const query = new URLSearchParams({ limit: String(AT_ONCE) });
  if (door) query.set("door", door);
  if (before) query.set("before", before);
  const { entries, more } = await unovertaken(() => call<EntriesAnswer>("GET", `/api/entries?${query}`));
  return { entries, more, result: null };
}

/** Newest first, as the server gives them; the door's answer has the oldest first. */
export async function fromDoor(door: string, before: string | null): Promise<Loaded> {
  const args: Record<string, unknown> = { limit: AT_ONCE };
  if (before !== null) args["before"] = Number(before);
  const result = await send(door, "journal", args);
  const said = (result.values ?? {}) as { entries?: Omit<Entry, "seq" | "door">[]; next?: number | null };
  const entries = (said.entries ?? []).map((entry) => ({ ...entry, door, seq: 0 }));
  entries.sort((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0));
  return { entries, more: said.next == null ? null : String(said.next), result };
}

/** A file of one JSON object a line, given to the browser to save. */
export function save(entries: readonly Entry[], name: string): void {
  const lines = entries.map(({ seq: _, ...entry }) => JSON.stringify(entry));
  const address = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "application/jsonl" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
