/** The invitation of the address that the page was opened with, if it had one. */

import { type Invitation, readInvitation } from "../device/invitation.ts";

let invitation: Invitation | null = null;

/** Takes it out of the address, so that it is in no history, bookmark or screenshot. */
export function takeInvitation(): void {
  if (location.pathname.replace(/\/+$/, "") !== "/join" || !location.hash) return;
  invitation = readInvitation(location.hash);
  history.replaceState(null, "", location.pathname);
}

export function invited(): Invitation | null {
  return invitation;
}

/** A used one is of no use any more. */
export function dropInvitation(): void {
  invitation = null;
}
