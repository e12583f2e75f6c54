/** What is said of one person, as it is edited, and what of it has to be sent. */

import type { Permission } from "./rules.ts";

export interface Draft {
  groups: readonly string[];
  /** Days as YYYY-MM-DD; empty: no limit. */
  from: string;
  until: string;
  duress: boolean;
  /** As it is typed; empty: as the door and the groups ask. */
  rate: string;
}

/** As in edge/facedoor/wire/requests.py. */
const [STRICTEST_RATE, LOOSEST_RATE] = [1e-9, 0.1];

export function draftOf({ groups, from, until, duress, false_match_rate }: Permission): Draft {
  return {
    groups: groups ?? [],
    from: from ?? "",
    until: until ?? "",
    duress: duress === true,
    rate: false_match_rate === null || false_match_rate === undefined ? "" : String(false_match_rate),
  };
}

export function wrongIn({ from, until, rate }: Draft): "order" | "rate" | null {
  if (from && until && until < from) return "order";
  const said = Number(rate.trim());
  const fits = rate.trim() === "" || (said >= STRICTEST_RATE && said <= LOOSEST_RATE);
  return fits ? null : "rate";
}

/** The arguments of `allow` beside the person: what is left out stays, null takes one back. */
export function changesOf(before: Permission, draft: Draft): Record<string, unknown> {
  const was = draftOf(before);
  const changes: Record<string, unknown> = {};
  if (String(was.groups) !== String(draft.groups)) changes["groups"] = draft.groups;
  if (was.from !== draft.from) changes["from"] = draft.from || null;
  if (was.until !== draft.until) changes["until"] = draft.until || null;
  if (was.duress !== draft.duress) changes["duress"] = draft.duress;
  const rate = (text: string) => (text.trim() === "" ? null : Number(text));
  if (rate(was.rate) !== rate(draft.rate)) changes["false_match_rate"] = rate(draft.rate);
  return changes;
}
