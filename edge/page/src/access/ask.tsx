/** "Would Ada get in on Sunday at 8?", answered by the rules as they are, or with what is changed. */

import { useState } from "preact/hooks";
import { Card } from "../parts/card.tsx";
import { Field, Select } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import { dayWords, howWords } from "../people/rules_words.ts";
import { permissionOf, type Roster } from "../people/roster.ts";
import type { Door } from "../wire.ts";
import { say, sayCode } from "../words/words.ts";
import { admit, type Admission, type RulesDocument, wallTime, type Way } from "./rules.ts";
import { clock } from "./schedule.ts";

interface AskProps {
  door: Door;
  roster: Roster;
  /** As they would be, with what is changed and not sent yet. */
  rules: RulesDocument | null;
  isChanged: boolean;
}

export function Ask({ door, roster, rules, isChanged }: AskProps) {
  const zone = rules?.time_zone ?? "UTC";
  const now = nowIn(zone);
  const [person, setPerson] = useState(roster.people[0]?.name ?? "");
  const [day, setDay] = useState(now.day);
  const [time, setTime] = useState(clock(now.minute));
  const name = roster.people.some((each) => each.name === person) ? person : (roster.people[0]?.name ?? "");
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const isWhole = /^\d{4}-\d{2}-\d{2}$/.test(day) && /^\d{2}:\d{2}/.test(time);
  const permission = permissionOf(roster, name);
  const answer = isWhole && name ? admit(rules, permission, { day, minute: hours * 60 + minutes }) : null;
  const mode = door.state?.mode ?? "normal";
  return (
    <Card title={say("ask.title")}>
      {roster.people.length ? (
        <div class="stack">
          <Select
            label={say("ask.person")}
            value={name}
            options={roster.people.map((each) => [each.name, each.name] as const)}
            onChange={setPerson}
          />
          <div class="pair">
            <Field label={say("ask.day")} type="date" value={day} onInput={setDay} />
            <Field label={say("ask.time")} type="time" value={time} onInput={setTime} />
          </div>
          <div role="status">
            {answer && <Verdict answer={answer} name={name} hasPin={permission.pin === true} />}
          </div>
          <p class="muted small">
            {rules && say("ask.zone", { zone })} {isChanged && say("ask.with_changes")}
          </p>
          {mode !== "normal" && (
            <p class="wanting small">{say("ask.mode", { mode: sayCode("mode", mode) })}</p>
          )}
        </div>
      ) : (
        <p class="muted">{say("ask.nobody")}</p>
      )}
    </Card>
  );
}

function nowIn(zone: string) {
  try {
    return wallTime(new Date(), zone);
  } catch {
    return wallTime(new Date(), "UTC"); // it is being written, and no zone yet
  }
}

interface VerdictProps {
  answer: Admission;
  name: string;
  hasPin: boolean;
}

function Verdict({ answer, name, hasPin }: VerdictProps) {
  if (answer.may === null) {
    return (
      <div class="answer depends">
        <p class="reason">{say("ask.depends", { day: dayWords(answer.day) })}</p>
        <p>
          {say(answer.onHoliday.may ? "ask.depends.yes" : "ask.depends.no")}{" "}
          {say(answer.otherwise.may ? "ask.otherwise.yes" : "ask.otherwise.no")}
        </p>
      </div>
    );
  }
  return (
    <div class={`answer ${answer.may ? "yes" : "no"}`}>
      <p class="reason">
        <Say of={answer.may ? "ask.yes" : "ask.no"} person={<Name of={name} />} />
      </p>
      {answer.may ? (
        answer.ways.map((way) => <p key={way.group}>{wayWords(way, hasPin)}</p>)
      ) : (
        <p>
          {answer.because === "shut"
            ? say("ask.shut", { ways: answer.ways.map(({ group, schedule }) => `${group} (${schedule})`).join(", ") })
            : say(answer.because === "dates" ? "ask.dates" : "ask.no_group")}
        </p>
      )}
    </div>
  );
}

function wayWords(way: Way, hasPin: boolean): string {
  if (!way.group) return say("ask.way.none");
  const group = {
    ...(way.schedule ? { schedule: way.schedule } : {}),
    ...(way.secondFactor ? { second_factor: way.secondFactor } : {}),
    ...(way.twoPersonsWithinS ? { two_persons_within_s: way.twoPersonsWithinS } : {}),
  };
  return say("ask.way", { group: way.group, how: howWords(group, hasPin) });
}
