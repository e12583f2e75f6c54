/** This browser at the doors: its key, its session, what it asks of them. */

export { type Listener, type Result, send } from "./device/commands.ts";
export type { Device, KnownDoor } from "./device/keystore.ts";
export { holdPicture, pictureOf } from "./device/pictures.ts";
export { doorsFor, may } from "./device/roles.ts";
export { call, knownDoor, me, type Me, roleAt, signIn } from "./device/session.ts";

import { me, type Me } from "./device/session.ts";
import { useStore } from "./store.ts";

/** Drawn again when the device, its session or its roles change. */
export function useMe(): Me {
  return useStore(me);
}
