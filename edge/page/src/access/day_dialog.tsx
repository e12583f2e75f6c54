/** The times of one day, written: what a grid cannot say exactly, and all of it by keyboard. */

import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { say } from "../words/words.ts";
import { dayName } from "./days.ts";
import { merged, withCopy } from "./grid.ts";
import { clock, DAY_MINUTES, HOLIDAYS, isOvernight, ordered, parseInterval, type Week } from "./schedule.ts";

interface DayDialogProps {
  week: Week;
  day: number;
  onChange: (week: Week) => void;
  onClose: () => void;
}

interface Line {
  from: string;
  to: string;
}

const FIRST: Line = { from: "08:00", to: "18:00" };
const WEEKDAYS = [0, 1, 2, 3, 4];
const ALL_DAYS = [0, 1, 2, 3, 4, 5, 6];

export function DayDialog({ week, day, onChange, onClose }: DayDialogProps) {
  const [lines, setLines] = useState<readonly Line[]>(() =>
    ordered(week[day] ?? []).map(({ start, end }) => ({ from: clock(start), to: clock(end % DAY_MINUTES) })),
  );
  const [copies, setCopies] = useState<readonly number[]>([]);
  const intervals = lines.map(read);
  const isRight = intervals.every((interval) => interval !== null);
  const set = (place: number, line: Line | null) =>
    setLines(lines.flatMap((each, at) => (at !== place ? [each] : line ? [line] : [])));
  const keep = () => {
    const own = merged(intervals.filter((interval) => interval !== null));
    const changed = week.map((each, at) => (at === day ? own : each));
    onChange(withCopy(changed, day, copies));
    onClose();
  };
  return (
    <Dialog title={say("hours.day", { day: dayName(day, "long") })} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) keep();
        }}
      >
        {day === HOLIDAYS && <p class="muted">{say("hours.holidays.text")}</p>}
        {!lines.length && <p class="muted">{say("hours.day.shut")}</p>}
        {lines.map((line, place) => (
          <div class="time-line" key={place}>
            <Field
              label={say("hours.from")}
              type="time"
              value={line.from}
              onInput={(from) => set(place, { ...line, from })}
            />
            <Field
              label={say("hours.to")}
              type="time"
              value={line.to}
              wrong={intervals[place] === null ? say("hours.same") : null}
              hint={noteOf(intervals[place] ?? null)}
              onInput={(to) => set(place, { ...line, to })}
            />
            <Button
              kind="plain"
              icon="cross"
              label={say("hours.drop", line as unknown as Record<string, string>)}
              onClick={() => set(place, null)}
            />
          </div>
        ))}
        <div class="row wraps">
          <Button icon="plus" onClick={() => setLines([...lines, FIRST])}>
            {say("hours.more")}
          </Button>
          <Button kind="plain" onClick={() => setLines([{ from: "00:00", to: "00:00" }])}>
            {say("hours.whole")}
          </Button>
        </div>
        {day !== HOLIDAYS && (
          <fieldset class="field">
            <legend class="label">{say("hours.copy")}</legend>
            <div class="choice">
              {(
                [
                  [WEEKDAYS, say("hours.copy.weekdays")],
                  [ALL_DAYS, say("hours.copy.all")],
                ] as const
              ).map(([days, words]) => (
                <label key={words}>
                  <input
                    type="checkbox"
                    checked={copies === days}
                    onChange={() => setCopies(copies === days ? [] : days)}
                  />
                  {words}
                </label>
              ))}
            </div>
          </fieldset>
        )}
        <div class="actions">
          <Button onClick={onClose}>{say("do.cancel")}</Button>
          <Button kind="main" type="submit" disabled={!isRight}>
            {say("do.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Midnight as an end is that of the day's end; twice midnight is the whole day. */
function read({ from, to }: Line) {
  return parseInterval(`${from.slice(0, 5)}-${to.slice(0, 5) === "00:00" ? "24:00" : to.slice(0, 5)}`);
}

function noteOf(interval: ReturnType<typeof read>): string | undefined {
  if (!interval) return undefined;
  if (interval.start === 0 && interval.end === DAY_MINUTES) return say("hours.whole");
  return isOvernight(interval) ? say("hours.overnight") : undefined;
}
