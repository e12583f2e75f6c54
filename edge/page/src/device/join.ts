/** Makes this browser known at the doors of an invitation, and lets it be forgotten again. */

import { ask } from "../api.ts";
import { hex, sha256, utf8 } from "../bytes.ts";
import { clock, now_s } from "../clock.ts";
import { tellTabs } from "../live/tabs.ts";
import type { DoorResult, NonceAnswer, Role } from "../wire.ts";
import { send } from "./commands.ts";
import type { Invitation, InvitedDoor } from "./invitation.ts";
import { type Device, eraseDevice, type KnownDoor, writeDevice } from "./keystore.ts";
import { isGone, me } from "./session.ts";
import { fingerprint, keyOfSeed, newKey, type SigningKey, signedCommand, verified } from "./signing.ts";

export interface Joined {
  door: string;
  /** Null where it went well; else a code of the door, or `no_answer`, `not_signed`, `offline`. */
  reason: string | null;
  message: string;
}

/** The door's clock is not known yet: the command is good for so long before and after now. */
const LEEWAY_S = 600;

/** Asks each door of the invitation in turn. Rejects if this browser can keep nothing. */
export async function join(invitation: Invitation): Promise<Joined[]> {
  const answer = await ask<NonceAnswer>("GET", "/api/nonce").catch(() => null);
  if (answer) clock.offset_s = answer.now_s - Date.now() / 1000;
  const invited = await keyOfSeed(invitation.seed);
  let device = await deviceFor(invitation);
  // A browser that keeps nothing shall not use up an invitation that works once.
  await writeDevice(device);
  const all: Joined[] = [];
  for (const door of invitation.doors) {
    const asked = await askToJoin(invited, device.key, door);
    if (asked.door !== null) {
      const others = device.doors.filter(({ name }) => name !== door.name);
      const known = { ...asked.door, role: asked.door.role ?? invitation.role };
      device = { ...device, doors: [...others, known] };
      await writeDevice(device);
      me.patch({ phase: "ready", device, problem: null });
    }
    all.push(asked.joined);
  }
  if (!device.doors.length) await eraseDevice();
  return all;
}

/** The key that is here, unless no door believes it any more. */
async function deviceFor({ name }: Invitation): Promise<Device> {
  const { device, doors } = me.value;
  const answers = Object.values(doors);
  const isOut = answers.length > 0 && answers.every(isGone);
  if (device && !isOut) return device;
  return { key: await newKey(), name, made_at: new Date(now_s() * 1000).toISOString(), doors: [] };
}

interface Asked {
  door: (Omit<KnownDoor, "role"> & { role: Role | null }) | null;
  joined: Joined;
}

async function askToJoin(invited: SigningKey, own: SigningKey, door: InvitedDoor): Promise<Asked> {
  const identity = await fingerprint(door.public_key);
  const validity = { from_s: now_s() - LEEWAY_S, until_s: now_s() + LEEWAY_S };
  const token = await signedCommand(invited, identity, "join", { key: own.public }, validity);
  const failed = (reason: string, message = ""): Asked => ({
    door: null,
    joined: { door: door.name, reason, message },
  });
  let answer: { message: string | null };
  try {
    answer = await ask("POST", "/api/join", { door: door.name, token: token.text });
  } catch (error) {
    return failed("offline", error instanceof Error ? error.message : "");
  }
  if (answer.message === null) return failed("no_answer");
  const said = await verified<DoorResult>("result", answer.message, door.public_key);
  const digest = hex(await sha256(utf8(token.text)));
  const isOurs = said !== null && (said.command === token.id || said.sha256 === digest);
  if (!isOurs) return failed("not_signed");
  if (said.outcome !== "done") return failed(said.reason ?? "failed", said.message);
  const role = (said["role"] as Role | undefined) ?? null;
  return {
    door: { name: door.name, public_key: door.public_key, identity, role },
    joined: { door: door.name, reason: null, message: "" },
  };
}

/** Erases the key here; the doors that answer revoke it first. */
export async function forgetThisDevice(): Promise<void> {
  const { device } = me.value;
  if (device) {
    const revoke = ({ name }: KnownDoor) => send(name, "revoke", { key: device.key.fingerprint }, { patience_s: 5 });
    await Promise.all(device.doors.map(revoke));
  }
  await eraseDevice();
  await ask("DELETE", "/api/session").catch(() => null);
  tellTabs({ what: "device" });
}

/** The other tabs begin anew with what this one has joined. */
export function tellTabsOfJoining(): void {
  tellTabs({ what: "device" });
}
