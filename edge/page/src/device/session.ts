/** Who this browser is: its key and doors, and the session with the dashboard that they open. */

import { ApiFailure, ask } from "../api.ts";
import { clock, now_s } from "../clock.ts";
import { Store } from "../store.ts";
import type { NonceAnswer, Role, SessionAnswer, SessionDoor } from "../wire.ts";
import { type Device, type KnownDoor, readDevice } from "./keystore.ts";
import { signature, signedCommand } from "./signing.ts";

export interface Me {
  /** `insecure`: plain http, where no browser signs; `no_crypto`: one that is too old for it. */
  phase: "loading" | "insecure" | "no_crypto" | "unknown" | "ready";
  device: Device | null;
  /** What each door said at the last sign-in. */
  doors: Readonly<Record<string, SessionDoor>>;
  /** Why the last sign-in failed: a code of a refusal, or of the server. */
  problem: string | null;
  https_url: string | null;
}

export const me = new Store<Me>({
  phase: "loading",
  device: null,
  doors: {},
  problem: null,
  https_url: null,
});

/** Pings are signed for so long before and after now: the door's clock is not known yet. */
const LEEWAY_S = 600;

export async function loadDevice(): Promise<void> {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    const https_url = await ask<NonceAnswer>("GET", "/api/nonce").then(
      (answer) => answer.https_url,
      () => null,
    );
    me.patch({ phase: "insecure", https_url });
    return;
  }
  const device = await readDevice().catch(() => null);
  me.patch({ phase: device ? "ready" : (await canSign()) ? "unknown" : "no_crypto", device });
}

async function canSign(): Promise<boolean> {
  return crypto.subtle.generateKey("Ed25519", false, ["sign"]).then(
    () => true,
    () => false,
  );
}

/** Whether a door has said that the key is none of its keys. */
export function isGone({ reason }: SessionDoor): boolean {
  return reason === "unknown_key" || reason === "revoked_key";
}

/** What this device may be at a door: as the door said, else as the invitation did. */
export function roleAt(door: string, who: Me = me.value): Role | null {
  const said = who.doors[door];
  if (said && said.outcome === "done") return said.role;
  if (said && isGone(said)) return null;
  return knownDoor(door, who)?.role ?? null;
}

export function knownDoor(door: string, who: Me = me.value): KnownDoor | null {
  return who.device?.doors.find(({ name }) => name === door) ?? null;
}

let signingIn: Promise<boolean> | null = null;

/** Signs in with the device's key; all who ask at once share one attempt, ten tabs as well. */
export function signIn(): Promise<boolean> {
  signingIn ??= inTurn(attempt).finally(() => {
    signingIn = null;
  });
  return signingIn;
}

function inTurn(act: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? navigator.locks.request("facedoor-sign-in", act) : act();
}

async function attempt(): Promise<boolean> {
  const { device } = me.value;
  const { nonce, now_s: server_s } = await ask<NonceAnswer>("GET", "/api/nonce");
  if (!device) return false;
  clock.offset_s = server_s - Date.now() / 1000;
  const validity = { from_s: now_s() - LEEWAY_S, until_s: now_s() + LEEWAY_S };
  const pings = device.doors.map(async ({ name, identity }) => {
    const token = await signedCommand(device.key, identity, "ping", {}, validity);
    return { door: name, token: token.text };
  });
  const proof = {
    public_key: device.key.public,
    nonce,
    signature: await signature(device.key, `facedoor sign-in\n${location.origin}\n${nonce}`),
    pings: await Promise.all(pings),
  };
  try {
    const { doors, signed_in } = await ask<SessionAnswer>("POST", "/api/session", proof);
    const reason = Object.values(doors).find((door) => door.reason)?.reason;
    me.patch({ doors, problem: signed_in ? null : (reason ?? "no_answer") });
    return signed_in;
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code === "offline") throw error;
    me.patch({ problem: error.code });
    return false;
  }
}

/** As {@link ask}; where the session is over, the page signs in by itself and asks again. */
export async function call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  try {
    return await ask<T>(method, path, body);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 401 || !(await signIn())) throw error;
    return await ask<T>(method, path, body);
  }
}
