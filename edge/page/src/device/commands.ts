/** Commands to a door: signed here, forwarded by the server, believed when the door has signed. */

import { ApiFailure } from "../api.ts";
import { hex, sha256, utf8 } from "../bytes.ts";
import { doorClocks, doorNow_s, now_s } from "../clock.ts";
import { forgettings, unovertaken } from "../live/forgotten.ts";
import type { DoorResult } from "../wire.ts";
import type { KnownDoor } from "./keystore.ts";
import { call, knownDoor, me } from "./session.ts";
import { LIFETIME_S, signedCommand, verified } from "./signing.ts";

export interface Result {
  /** `unknown`: no answer, so it may have been carried out. `unsent`: it surely was not. */
  outcome: "done" | "refused" | "failed" | "unknown" | "unsent";
  /** A code: of the door where it was refused, else of this page or the server. */
  reason: string | null;
  /** The door's own sentence, in English. */
  message: string;
  /** All that the door has said and signed. */
  values: DoorResult | null;
}

export interface Listener {
  /** Signs of progress, such as guidance during an enrolment. */
  onProgress?: (said: DoorResult) => void;
  /** The answer after all, when `unknown` was told already. */
  onLate?: (result: Result) => void;
  /** How long to wait for each word of the door. */
  patience_s?: number;
}

interface Pending extends Listener {
  id: string;
  digest: string;
  door: KnownDoor;
  settle: (result: Result) => void;
  timer: ReturnType<typeof setTimeout>;
}

const pending = new Map<string, Pending>();
const underWay = new Map<string, Promise<Result>>();

/** So soon an answer about clocks means the clocks, not a slow network. */
const SOON_MS = 5000;
const LATE_MS = 600_000;

/** Commands that change nothing: asked again, they answer what is so then. */
const READINGS: ReadonlySet<string> = new Set(["ping", "list", "rules", "journal", "summary", "explain", "keys", "picture"]);

/** Gives a command; asked twice while it is under way, it is sent once.
 *
 * Resolves, never rejects. A release is the same whatever reason it is asked for with.
 */
export function send(
  door: string,
  cmd: string,
  args: Record<string, unknown>,
  listener: Listener = {},
): Promise<Result> {
  const what = cmd === "unlock" ? `${door} unlock` : `${door} ${cmd} ${JSON.stringify(args)}`;
  const before = underWay.get(what);
  if (before) return before;
  const result = sendKnown(door, cmd, args, listener).finally(() => underWay.delete(what));
  underWay.set(what, result);
  return result;
}

/** No answer brings a name back that was forgotten since the question. */
function sendKnown(
  door: string,
  cmd: string,
  args: Record<string, unknown>,
  listener: Listener,
): Promise<Result> {
  if (READINGS.has(cmd) || args["dry_run"]) return unovertaken(() => sendTimed(door, cmd, args, listener));
  const before = forgettings();
  const known = (result: Result) => (forgettings() === before ? result : withoutNames(result));
  const { onLate } = listener;
  const heard = onLate ? { ...listener, onLate: (late: Result) => onLate(known(late)) } : listener;
  return sendTimed(door, cmd, args, heard).then(known);
}

/** How it went, in codes and numbers. */
function withoutNames(result: Result): Result {
  const values = Object.entries(result.values ?? {}).filter(([, value]) => typeof value === "number");
  return { ...result, message: "", values: Object.fromEntries(values) as unknown as DoorResult };
}

async function sendTimed(
  door: string,
  cmd: string,
  args: Record<string, unknown>,
  listener: Listener,
): Promise<Result> {
  const began_ms = performance.now();
  const result = await sendOnce(door, cmd, args, listener);
  const isAboutClocks = result.reason === "from_the_future" || result.reason === "expired";
  if (!isAboutClocks || performance.now() - began_ms > SOON_MS) return result;
  return sendOnce(door, cmd, args, listener); // the answer has told the door's time
}

async function sendOnce(
  name: string,
  cmd: string,
  args: Record<string, unknown>,
  listener: Listener,
): Promise<Result> {
  const door = knownDoor(name);
  const key = me.value.device?.key;
  if (!door || !key) return own("unsent", "no_door");
  const from_s = doorNow_s(name);
  const validity = { from_s, until_s: from_s + LIFETIME_S };
  const token = await signedCommand(key, door.identity, cmd, args, validity);
  const digest = hex(await sha256(utf8(token.text)));
  const answer = new Promise<Result>((settle) => {
    pending.set(token.id, { ...listener, id: token.id, digest, door, settle, timer: expiry(token.id, listener) });
  });
  try {
    await call("POST", "/api/commands", { door: name, token: token.text });
  } catch (error) {
    const failure = error instanceof ApiFailure ? error : new ApiFailure(0, "offline", String(error));
    // A connection that broke may have carried it there first.
    if (failure.status) conclude(token.id, { ...own("unsent", failure.code), message: failure.message });
    else conclude(token.id, own("unknown", "offline"));
  }
  return answer;
}

function own(outcome: "unknown" | "unsent", reason: string): Result {
  return { outcome, reason, message: "", values: null };
}

function expiry(id: string, { patience_s = LIFETIME_S }: Listener): ReturnType<typeof setTimeout> {
  return setTimeout(() => conclude(id, own("unknown", "no_answer")), patience_s * 1000);
}

function conclude(id: string, result: Result): void {
  const waiting = pending.get(id);
  if (!waiting) return;
  clearTimeout(waiting.timer);
  waiting.settle(result);
  if (result.outcome === "unknown") {
    const { onLate } = waiting;
    waiting.settle = (late) => onLate?.(late);
    waiting.timer = setTimeout(() => pending.delete(id), LATE_MS);
  } else {
    pending.delete(id);
  }
}

/** Takes a result from the stream: whoever waits for it hears it, if the door has signed it. */
export async function hearResult(name: string, message: string): Promise<void> {
  if (![...pending.values()].some(({ door }) => door.name === name)) return;
  const door = knownDoor(name);
  const said = door && (await verified<DoorResult>("result", message, door.public_key));
  if (!said) return; // somebody else's word: the answer may still come
  const waiting = said.command
    ? pending.get(said.command)
    : [...pending.values()].find(({ digest }) => digest === said.sha256);
  if (!waiting || waiting.door.name !== name) return;
  // Of an answer to what was asked just now; an old one, said again, would put the clock back.
  doorClocks.set(name, Date.parse(said.time) / 1000 - now_s());
  if (said.outcome === "progress") {
    clearTimeout(waiting.timer);
    waiting.timer = expiry(waiting.id, waiting);
    waiting.onProgress?.(said);
    return;
  }
  const { outcome, reason, message: sentence } = said;
  conclude(waiting.id, { outcome, reason, message: sentence, values: said });
}
