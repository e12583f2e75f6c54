/** Holidays: days of every year or of one, and the public ones of a country. */

import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { Choice } from "../parts/field.tsx";
import { dayWords } from "../people/rules_words.ts";
import { locale, say } from "../words/words.ts";
import { isHoliday, sameHoliday, withHoliday, withoutHoliday } from "./draft.ts";
import type { EditProps, Holiday } from "./rules.ts";

export function holidayWords(holiday: Holiday): string {
  if (typeof holiday !== "string") {
    const { country, region } = holiday;
    const name = new Intl.DisplayNames([locale()], { type: "region", fallback: "code" });
    const place = /^[A-Z]{2}$/.test(country) ? (name.of(country) ?? country) : country;
    return `${region ? `${place}, ${region}` : place}: ${say("holidays.public")}`;
  }
  if (holiday.length > 5) return dayWords(holiday);
  const form = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", timeZone: "UTC" });
  return `${form.format(new Date(`2000-${holiday}T12:00:00Z`))}, ${say("holidays.every")}`;
}

export function Holidays({ rules, onChange }: EditProps) {
  const holidays = rules.holidays ?? [];
  return (
    <Card title={say("holidays.title")}>
      <div class="stack">
        {holidays.length ? (
          <ul class="chips">
            {holidays.map((holiday) => (
              <li key={JSON.stringify(holiday)}>
                <span>{holidayWords(holiday)}</span>
                {onChange && (
                  <Button
                    kind="plain"
                    icon="cross"
                    label={say("holidays.drop", { holiday: holidayWords(holiday) })}
                    onClick={() => onChange(withoutHoliday(rules, holiday))}
                  />
                )}
              </li>
            ))}
          </ul>
        ) : (
          <p class="muted">{say("holidays.empty")}</p>
        )}
        {onChange && <Add holidays={holidays} onAdd={(holiday) => onChange(withHoliday(rules, holiday))} />}
      </div>
    </Card>
  );
}

type Kind = "yearly" | "once" | "country";

function Add({ holidays, onAdd }: { holidays: readonly Holiday[]; onAdd: (holiday: Holiday) => void }) {
  const [kind, setKind] = useState<Kind>("yearly");
  const [day, setDay] = useState("");
  const [country, setCountry] = useState("");
  const [region, setRegion] = useState("");
  const holiday: Holiday =
    kind === "country"
      ? { country: country.trim().toUpperCase(), ...(region.trim() ? { region: region.trim().toUpperCase() } : {}) }
      : kind === "yearly"
        ? day.slice(5)
        : day;
  const isNew = !holidays.some((each) => sameHoliday(each, holiday));
  const isRight = typeof holiday === "string" ? isHoliday(holiday) : /^[A-Z]{2,3}$/.test(holiday.country);
  const said = kind === "country" ? country : day;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRight || !isNew) return;
        onAdd(holiday);
        setDay("");
        setCountry("");
        setRegion("");
      }}
    >
      <Choice<Kind>
        label={say("holidays.add")}
        value={kind}
        options={[
          ["yearly", say("holidays.yearly")],
          ["once", say("holidays.once")],
          ["country", say("holidays.country")],
        ]}
        onChange={setKind}
      />
      <div class="adding">
        {kind === "country" ? (
          <>
            <Field
              label={say("holidays.country.code")}
              hint={say("holidays.country.hint")}
              value={country}
              maxLength={3}
              onInput={setCountry}
            />
            <Field
              label={say("holidays.region")}
              hint={say("holidays.region.hint")}
              value={region}
              maxLength={8}
              onInput={setRegion}
            />
          </>
        ) : (
          <Field
            label={say("holidays.day")}
            type="date"
            value={day}
            wrong={said && (!isRight || !isNew) ? say("holidays.wrong") : null}
            onInput={setDay}
          />
        )}
        <Button type="submit" icon="plus" disabled={!isRight || !isNew}>
          {say("holidays.add")}
        </Button>
      </div>
    </form>
  );
}
