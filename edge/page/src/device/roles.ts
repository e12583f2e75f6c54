/** Which role may give which command: as facedoor/wire/requests.py, which decides; tests compare. */

import type { Role } from "../wire.ts";
import { me, type Me, roleAt } from "./session.ts";

const VIEWER = ["ping", "list", "journal", "rules", "summary", "revoke"];
const ENROLLER = [...VIEWER, "enroll", "remove", "rename", "label", "picture"];
const OPERATOR = [...VIEWER, "unlock", "mode", "picture"];
const ADMIN = [...ENROLLER, ...OPERATOR, "set_rules", "allow", "explain", "keys", "invite"];

export const COMMANDS: Record<Role, ReadonlySet<string>> = {
  viewer: new Set(VIEWER),
  enroller: new Set(ENROLLER),
  operator: new Set(OPERATOR),
  admin: new Set(ADMIN),
};

/** Whether this device may give the command at the door. */
export function may(cmd: string, door: string, who: Me = me.value): boolean {
  const role = roleAt(door, who);
  return role !== null && COMMANDS[role].has(cmd);
}

/** The doors at which it may, in the order of the invitation. */
export function doorsFor(cmd: string, who: Me = me.value): string[] {
  const names = who.device?.doors.map(({ name }) => name) ?? [];
  return names.filter((name) => may(cmd, name, who));
}
