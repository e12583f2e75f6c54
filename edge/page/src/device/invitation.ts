/** The address of an invitation: what it says stands behind the #, which no server ever sees. */

import { base64url, type Bytes, fromBase64url } from "../bytes.ts";
import type { Role } from "../wire.ts";

export interface InvitedDoor {
  name: string;
  public_key: string;
}

export interface Invitation {
  seed: Bytes;
  doors: readonly InvitedDoor[];
  role: Role;
  name: string;
  expires_s: number;
}

const ROLES: readonly string[] = ["viewer", "enroller", "operator", "admin"];

/** What stands in `fragment`, with or without its #; null if that is no whole invitation. */
export function readInvitation(fragment: string): Invitation | null {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const doors = said.getAll("d").map(invitedDoor);
  const role = said.get("r") ?? "";
  const expires_s = Number(said.get("e"));
  try {
    const seed = fromBase64url(said.get("k") ?? "");
    if (seed.length !== 32 || !doors.length || !ROLES.includes(role) || !(expires_s > 0)) return null;
    const known = doors.filter((door) => door !== null);
    if (known.length !== doors.length) return null;
    return { seed, doors: known, role: role as Role, name: said.get("n") ?? "", expires_s };
  } catch {
    return null;
  }
}

/** `front.<43 letters>`; the door's name may have dots itself. */
function invitedDoor(text: string): InvitedDoor | null {
  const found = /^(.+)\.([A-Za-z0-9_-]{43})$/s.exec(text);
  return found?.[1] && found[2] ? { name: found[1], public_key: found[2] } : null;
}

export function invitationUrl(origin: string, invitation: Invitation): string {
  const { seed, doors, role, name, expires_s } = invitation;
  const parts = [
    `k=${base64url(seed)}`,
    ...doors.map((door) => `d=${encoded(door.name)}.${door.public_key}`),
    `r=${role}`,
    `n=${encoded(name)}`,
    `e=${Math.round(expires_s)}`,
  ];
  return `${origin}/join#${parts.join("&")}`;
}

/** Also what ends a link in the middle of a message. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
