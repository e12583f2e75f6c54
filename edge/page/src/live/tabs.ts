/** One stream for all tabs of a browser: a server takes only six connections of one.
 *
 * Whoever holds the lock reads the stream and tells the others. On plain http there are no locks,
 * so each tab has a stream of its own.
 */

import type { Event } from "./stream.ts";

export type Link = "connecting" | "live" | "lost";

/** What tabs tell each other. */
export type Word =
  | { what: "events"; events: Event[] }
  | { what: "link"; link: Link }
  /** Up to where the leader has heard: who is behind asks the server anew. */
  | { what: "at"; seq: number }
  /** The device's key or its doors have changed. */
  | { what: "device" };

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("facedoor") : null;

/** Tells the other tabs; this one knows. */
export function tellTabs(word: Word): void {
  channel?.postMessage(word);
}

export function hearTabs(hear: (word: Word) => void): void {
  channel?.addEventListener("message", (message: MessageEvent<Word>) => hear(message.data));
}

/** Calls `lead` in one tab at a time, in the next one when that is closed. `lead` never returns. */
export function whoeverLeads(lead: () => Promise<never>): void {
  if (navigator.locks && channel) void navigator.locks.request("facedoor-stream", lead);
  else void lead();
}
