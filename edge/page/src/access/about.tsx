/** The rest of the rules: by which clock hours go, and when too many refusals shut the door. */

import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { say } from "../words/words.ts";
import type { EditProps } from "./rules.ts";

/** As edge/facedoor/access/lockout.py has them. */
const LOCKOUT = { after: 5, first_s: 30, longest_s: 3600 };

function zones(): readonly string[] {
  return Intl.supportedValuesOf("timeZone");
}

export function About({ rules, onChange }: EditProps) {
  const lockout = { ...LOCKOUT, ...rules.lockout };
  const set = (key: keyof typeof LOCKOUT, text: string) => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) onChange?.({ ...rules, lockout: { ...rules.lockout, [key]: value } });
  };
  return (
    <div class="pair cards">
      <Card title={say("zone.title")}>
        <div class="stack tight">
          {onChange ? (
            <Field
              label={say("groups.name")}
              hint={say("zone.hint")}
              value={rules.time_zone}
              list={zones()}
              onInput={(time_zone) => onChange({ ...rules, time_zone })}
            />
          ) : (
            <p>{rules.time_zone}</p>
          )}
          <p class="muted small">{say("zone.text")}</p>
        </div>
      </Card>
      <Card title={say("lockout.title")}>
        <div class="stack tight">
          <p>
            {lockout.after
              ? say("lockout.is", { after: lockout.after, first: lockout.first_s, longest: lockout.longest_s })
              : say("lockout.never")}
          </p>
          {onChange && (
            <div class="triple">
              <Field
                label={say("lockout.after")}
                type="number"
                value={String(lockout.after)}
                onInput={(text) => set("after", text)}
              />
              <Field
                label={say("lockout.first")}
                type="number"
                value={String(lockout.first_s)}
                onInput={(text) => set("first_s", text)}
              />
              <Field
                label={say("lockout.longest")}
                type="number"
                value={String(lockout.longest_s)}
                onInput={(text) => set("longest_s", text)}
              />
            </div>
          )}
        </div>
      </Card>
    </div>
  );
}
