/** The schedules: one of them as a week, and which groups keep to it. */

import { useMemo, useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Choice } from "../parts/field.tsx";
import { say, sayCount } from "../words/words.ts";
import { DayDialog } from "./day_dialog.tsx";
import { withSchedule } from "./draft.ts";
import { minutesOf } from "./grid.ts";
import { NameDialog } from "./name_dialog.tsx";
import type { EditProps } from "./rules.ts";
import { weekOf } from "./schedule.ts";
import { WeekGrid } from "./week.tsx";

export function Hours({ rules, onChange }: EditProps) {
  const names = Object.keys(rules.schedules ?? {});
  const [chosen, setChosen] = useState(names[0] ?? "");
  const [isNaming, setNaming] = useState(false);
  const name = names.includes(chosen) ? chosen : (names[0] ?? "");
  return (
    <Card
      title={say("hours.title")}
      aside={
        onChange && (
          <Button kind="plain" icon="plus" onClick={() => setNaming(true)}>
            {say("hours.add")}
          </Button>
        )
      }
    >
      {names.length ? (
        <div class="stack">
          {names.length > 1 && (
            <Choice
              label={say("hours.schedule")}
              quiet
              value={name}
              options={names.map((each) => [each, each] as const)}
              onChange={setChosen}
            />
          )}
          <Schedule key={name} name={name} rules={rules} onChange={onChange} />
        </div>
      ) : (
        <Empty icon="access" title={say("hours.empty")}>
          {say("hours.empty.text")}
        </Empty>
      )}
      {isNaming && onChange && (
        <NameDialog
          title={say("hours.add")}
          others={rules.schedules}
          onName={(made) => {
            onChange(withSchedule(rules, made, weekOf({ "mon-fri": ["08:00-18:00"] })));
            setChosen(made);
          }}
          onClose={() => setNaming(false)}
        />
      )}
    </Card>
  );
}

function Schedule({ name, rules, onChange }: EditProps & { name: string }) {
  const [day, setDay] = useState<number | null>(null);
  const table = rules.schedules?.[name];
  const week = useMemo(() => weekOf(table ?? {}), [table]);
  const users = Object.entries(rules.groups ?? {}).filter(([, { schedule }]) => schedule === name);
  const hours = Math.round((minutesOf(week) / 60) * 4) / 4;
  const change = onChange && ((changed: typeof week) => onChange(withSchedule(rules, name, changed)));
  return (
    <div class="stack">
      <div class="row apart wraps">
        <p class="muted small">
          {users.length
            ? say("hours.used", { groups: users.map(([group]) => group).join(", ") })
            : say("hours.unused")}
          {" · "}
          {sayCount("hours.week", hours)}
        </p>
        {onChange && (
          <Button kind="plain" onClick={() => onChange(withSchedule(rules, name, null))}>
            {say("hours.remove")}
          </Button>
        )}
      </div>
      <WeekGrid week={week} onDay={(each) => change && setDay(each)} {...(change ? { onChange: change } : {})} />
      {change && <p class="muted small">{say("hours.tip")}</p>}
      {change && day !== null && (
        <DayDialog week={week} day={day} onChange={change} onClose={() => setDay(null)} />
      )}
    </div>
  );
}
