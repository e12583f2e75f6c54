/** Whose clock shows what: a phone's may be wrong, the server's and each door's are asked. */

/** The server's clock minus this device's. */
export const clock = { offset_s: 0 };

/** Each door's clock minus the server's, by the door's name. */
export const doorClocks = new Map<string, number>();

/** The server's time, in seconds since 1970. */
export function now_s(): number {
  return Date.now() / 1000 + clock.offset_s;
}

/** The door's time. Commands are signed with it: a door refuses what is from its future. */
export function doorNow_s(door: string): number {
  return now_s() + (doorClocks.get(door) ?? 0);
}

/** Below this a difference is not worth a word. */
export const CLOCKS_DIFFER_S = 5;
