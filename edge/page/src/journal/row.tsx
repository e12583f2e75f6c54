/** One entry of the journal, as a sentence. */

import { Badge, type Tone } from "../parts/badge.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Name, Say, SayCode } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import type { Entry } from "../wire.ts";
import { refusalWords } from "../words/results.ts";
import { knowsCode, say, sayCode, sayCount } from "../words/words.ts";

const TONES: Readonly<Record<string, Tone>> = {
  done: "good",
  accepted: "quiet",
  refused: "bad",
  failed: "bad",
};

const ALARMS: readonly string[] = ["forced", "jammed", "tamper", "duress", "held_open", "put_back"];

export function EntryRow({ entry, hasDoor }: { entry: Entry; hasDoor: boolean }) {
  return (
    <li class="entry">
      <Icon name={icon(entry)} />
      <div class="grow">
        <p>
          <Sentence entry={entry} />
        </p>
        <p class="muted small">
          {hasDoor && (
            <>
              <Name of={entry.door} />
              {" · "}
            </>
          )}
          <Beside entry={entry} />
          <Time at={entry.time} />
        </p>
      </div>
      <Outcome entry={entry} />
    </li>
  );
}

function text(entry: Entry, key: string): string {
  const value = entry.payload[key];
  return typeof value === "string" ? value : "";
}

function icon(entry: Entry): IconName {
  if (entry.kind === "command") return "key";
  if (entry.kind === "decision") return "person";
  return ALARMS.includes(text(entry, "event")) ? "warning" : "doors";
}

function Sentence({ entry }: { entry: Entry }) {
  const person = text(entry, "person");
  const by = text(entry, "by");
  const who = person ? <Name of={person} /> : say("somebody");
  if (entry.kind === "command") {
    const cmd = text(entry, "cmd");
    if (cmd) return <SayCode kind="cmd" code={cmd} person={who} />;
    const count = Number(entry.payload["count"] ?? 1);
    return <>{sayCount("journal.refusals", count, { reason: refusalWords(text(entry, "reason")) })}</>;
  }
  if (entry.kind === "decision") {
    const reason = text(entry, "reason");
    if (text(entry, "decision") === "granted") return <Say of="journal.came" person={who} />;
    return <Say of="journal.stayed" person={who} reason={sayCode("reason", reason)} />;
  }
  const event = text(entry, "event");
  const isRefused = text(entry, "decision") === "refused" && knowsCode("event", `${event}.refused`);
  const change = text(entry, "change");
  const code = isRefused ? `${event}.refused` : knowsCode("event", `${event}.${change}`) ? `${event}.${change}` : event;
  const name = <Name of={text(entry, "name")} />;
  return <SayCode kind="event" code={code} by={<Name of={by} />} person={who} name={name} />;
}

/** By which key, why, and whatever else stands in the entry in words. */
function Beside({ entry }: { entry: Entry }) {
  const key = text(entry, "key");
  const why = text(entry, "why");
  const mode = text(entry, "mode");
  const reason = text(entry, "reason");
  const added = entry.payload["added"];
  const parts = [
    entry.kind === "command" &&
      (key ? <Say of="journal.by" by={<Name of={key} />} /> : say("journal.unsigned")),
    why && <Say of="journal.why" why={<Name of={why} />} />,
    mode && sayCode("mode", mode),
    typeof added === "number" && sayCount("journal.count", added),
    entry.kind === "command" && reason && text(entry, "cmd") && refusalWords(reason),
  ].filter(Boolean);
  return (
    <>
      {parts.map((part, n) => (
        <span key={n}>
          {part}
          {" · "}
        </span>
      ))}
    </>
  );
}

function Outcome({ entry }: { entry: Entry }) {
  const outcome = text(entry, "outcome") || (text(entry, "decision") === "refused" ? "refused" : "");
  if (!outcome) return null;
  return <Badge tone={TONES[outcome] ?? "quiet"} word={sayCode("outcome", outcome)} />;
}
