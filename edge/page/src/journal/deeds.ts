/** What somebody did, of all that stands in the journal: not each time that a page asked a door. */

import type { Entry } from "../wire.ts";

/** Commands that change nothing. Of pictures the door itself says who saw them. */
const READINGS: ReadonlySet<unknown> = new Set([
  "ping",
  "list",
  "journal",
  "summary",
  "explain",
  "rules",
  "keys",
  "picture",
]);

/** `entries` without what only asked, what had only begun, and pictures that the same one saw again
 * before anything else was done. */
export function deeds(entries: readonly Entry[]): Entry[] {
  let looked = new Set<string>();
  return entries.filter(({ kind, door, payload }) => {
    if (kind === "command" && payload["outcome"] === "accepted") return false;
    if (kind === "command" && payload["outcome"] === "done" && READINGS.has(payload["cmd"])) return false;
    if (payload["event"] !== "picture_seen") {
      looked = new Set();
      return true;
    }
    const who = JSON.stringify([door, payload["by"]]);
    if (looked.has(who)) return false;
    looked.add(who);
    return true;
  });
}
