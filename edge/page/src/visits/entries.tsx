/** The entries of the journal behind a visit, read at the door; an admin's have the distances. */

import { useEffect, useState } from "preact/hooks";
import { may, type Result, roleAt, send, useMe } from "../device.ts";
import { useDoor } from "../live.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Answer } from "../parts/answer.tsx";
import { Time } from "../parts/time.tsx";
import type { Visit } from "../wire.ts";
import { say } from "../words/words.ts";

interface JournalEntry {
  id: number;
  kind: string;
  time: string;
  payload: Record<string, unknown>;
}

/** So long a visit has to be looked at before the door is asked by itself. */
const REST_MS = 700;

interface EntriesProps {
  visit: Visit;
  onNumbers: (numbers: Partial<Visit>) => void;
}

export function Entries({ visit, onNumbers }: EntriesProps) {
  const who = useMe();
  const door = useDoor(visit.door);
  const [entries, setEntries] = useState<readonly JournalEntry[] | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const [isBusy, setBusy] = useState(false);
  const mayRead = may("journal", visit.door, who) && door?.online === true;
  const read = async () => {
    setBusy(true);
    const answer = await send(visit.door, "journal", {
      since: visit.began,
      until: later(visit.ended, 60),
      kinds: ["decision", "door"],
    });
    setBusy(false);
    setResult(answer.outcome === "done" ? null : answer);
    const all = (answer.values?.["entries"] ?? []) as JournalEntry[];
    const own = all.filter(({ payload }) => payload["visit"] === visit.id);
    if (answer.outcome !== "done") return;
    setEntries(own);
    onNumbers(numbersOf(own));
  };
  const isAdmin = roleAt(visit.door, who) === "admin";
  useEffect(() => {
    if (!isAdmin || !mayRead || visit.distance_band === null) return undefined;
    const timer = setTimeout(() => void read(), REST_MS);
    return () => clearTimeout(timer);
  }, [visit.id, isAdmin, mayRead]);
  if (!mayRead && !entries) return null;
  return (
    <Card title={say("visit.entries")}>
      {entries === null ? (
        <div class="stack tight">
          {result && <Answer result={result} door={visit.door} />}
          <div class="row">
            <Button busy={isBusy} onClick={read}>
              {say("visit.entries.read")}
            </Button>
          </div>
        </div>
      ) : entries.length ? (
        <ul class="list">
          {entries.map((entry) => (
            <li key={entry.id}>
              <details>
                <summary>
                  <span class="numbers muted">{entry.id}</span> {entry.kind} · <Time at={entry.time} how="exact" />
                </summary>
                <code class="code" tabIndex={0}>
                  {JSON.stringify(entry.payload, null, 1)}
                </code>
              </details>
            </li>
          ))}
        </ul>
      ) : (
        <p class="muted">{say("visit.entries.none")}</p>
      )}
    </Card>
  );
}

/** Of the last decision that compared a face: what only admins may know. */
function numbersOf(entries: readonly JournalEntry[]): Partial<Visit> {
  const decision = entries.findLast(({ payload }) => typeof payload["distance"] === "number");
  if (!decision) return {};
  const { distance, threshold, nearest } = decision.payload;
  const numbers: Partial<Visit> = {};
  if (typeof distance === "number") numbers.distance = distance;
  if (typeof threshold === "number") numbers.threshold = threshold;
  if (typeof nearest === "string") numbers.nearest = nearest;
  return numbers;
}

function later(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString().replace(/\.\d+Z/, "Z");
}
