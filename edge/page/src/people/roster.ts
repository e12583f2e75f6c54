/** Who is enrolled at a door and what they may, as it answered last; asked once for all pages. */

import { useEffect } from "preact/hooks";
import type { Permission, RulesDocument } from "../access/rules.ts";
import { may, type Result, send, useMe } from "../device.ts";
import { onForgotten, useDoor } from "../live.ts";
import { Store, useStore } from "../store.ts";

export interface Person {
  name: string;
  templates: number;
  enrolled_at: string;
}

export interface Roster {
  phase: "asking" | "known" | "failed";
  people: readonly Person[];
  /** The rules document; null where the door has none. */
  rules: RulesDocument | null;
  /** Of the document; absent at a door that does not tell it. */
  hash: string | null;
  /** Why the rules cannot be read, where they cannot. */
  problem: string | null;
  permissions: readonly Permission[];
  /** When the door answered. */
  at: string | null;
  /** The answer that was none. */
  failure: Result | null;
  /** How often the door has forgotten somebody since the page was opened. */
  erasures: number;
}

const UNKNOWN: Roster = {
  phase: "asking",
  people: [],
  rules: null,
  hash: null,
  problem: null,
  permissions: [],
  at: null,
  failure: null,
  erasures: 0,
};

const rosters = new Map<string, Store<Roster>>();

export function rosterOf(door: string): Store<Roster> {
  let roster = rosters.get(door);
  if (!roster) rosters.set(door, (roster = new Store(UNKNOWN)));
  return roster;
}

onForgotten((door) => {
  for (const [name, roster] of rosters) {
    if (door === null || door === name) roster.set({ ...UNKNOWN, erasures: roster.value.erasures + 1 });
  }
});

/** Asks the door anew. */
export async function askRoster(door: string): Promise<void> {
  const roster = rosterOf(door);
  const { erasures } = roster.value;
  const [list, rules] = await Promise.all([send(door, "list", {}), send(door, "rules", {})]);
  if (roster.value.erasures !== erasures) return; // whoever was forgotten may be among them
  const failure = [list, rules].find(({ outcome }) => outcome !== "done");
  if (failure) {
    roster.patch({ phase: roster.value.at ? "known" : "failed", failure });
    return;
  }
  const said = rules.values ?? {};
  const document = ("rules" in said ? said["rules"] : null) as RulesDocument | null;
  roster.patch({
    phase: "known",
    people: (list.values?.["people"] ?? []) as Person[],
    rules: document,
    hash: "hash" in said && typeof said["hash"] === "string" ? said["hash"] : null,
    problem: "problem" in said && typeof said["problem"] === "string" ? said["problem"] : null,
    permissions: ("people" in said ? said["people"] : []) as Permission[],
    at: list.values?.time ?? null,
    failure: null,
  });
}

/** The roster of a door, asked for when it is first drawn and when the door has more or fewer people. */
export function useRoster(door: string): Roster {
  const who = useMe();
  const live = useDoor(door);
  const isOnline = live?.online === true;
  const mayAsk = may("list", door, who);
  const count = live?.people ?? null;
  const roster = useStore(rosterOf(door));
  useEffect(() => {
    const { at, people, phase } = rosterOf(door).value;
    const isFresh = at !== null && phase === "known" && (count === null || people.length === count);
    if (mayAsk && isOnline && !isFresh) void askRoster(door);
  }, [door, mayAsk, isOnline, count, roster.erasures]);
  return roster;
}

export function permissionOf(roster: Roster, name: string): Permission {
  return roster.permissions.find(({ person }) => person === name) ?? { person: name };
}
