/** What is asked for, above the list: on a phone behind a button, since it would fill the screen. */

import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Check, Choice, Field, Select } from "../parts/field.tsx";
import { knowsCode, say, sayCode } from "../words/words.ts";
import { countOf, EVERYTHING, type Filter, OUTCOMES } from "./filter.ts";

interface FilterBarProps {
  filter: Filter;
  doors: readonly string[];
  people: readonly string[];
  reasons: readonly string[];
  onChange: (filter: Filter) => void;
}

export function FilterBar({ filter, doors, people, reasons, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const set = (fields: Partial<Filter>) => onChange({ ...filter, ...fields });
  const count = countOf({ ...filter, person: "", outcome: "" });
  return (
    <search class="visit-filters">
      <div class="first">
        <Field
          label={say("visits.find")}
          type="search"
          value={filter.person}
          placeholder={say("visits.find")}
          list={people}
          onInput={(person) => set({ person })}
        />
        <Button expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {count ? say("visits.filter.on", { count }) : say("visits.filter")}
        </Button>
      </div>
      <Choice
        label={say("visits.outcome")}
        quiet
        value={filter.outcome}
        options={[
          ["", say("visits.outcome.all")],
          ...OUTCOMES.map((outcome) => [outcome, say(`visits.outcome.${outcome}`)] as const),
        ]}
        onChange={(outcome) => set({ outcome })}
      />
      <div class={isOpen ? "rest open" : "rest"}>
        {doors.length > 1 && (
          <Select
            label={say("visits.door")}
            quiet
            value={filter.door}
            options={[["", say("visits.door.all")], ...doors.map((door) => [door, door] as const)]}
            onChange={(door) => set({ door })}
          />
        )}
        <Select
          label={say("visits.reason")}
          quiet
          value={filter.reason}
          options={[["", say("visits.reason.all")], ...reasons.map(named)]}
          onChange={(reason) => set({ reason })}
        />
        <Field label={say("visits.from")} type="date" value={filter.from} onInput={(from) => set({ from })} />
        <Field label={say("visits.to")} type="date" value={filter.to} onInput={(to) => set({ to })} />
        <Check
          label={say("visits.unknown")}
          checked={filter.unknown}
          onChange={(unknown) => set({ unknown })}
        />
        <Check
          label={say("visits.unseen")}
          checked={filter.unseen}
          onChange={(unseen) => set({ unseen })}
        />
        {countOf(filter) > 0 && (
          <Button kind="plain" onClick={() => onChange(EVERYTHING)}>
            {say("visits.clear")}
          </Button>
        )}
      </div>
    </search>
  );
}

function named(reason: string): readonly [string, string] {
  const word = sayCode("reason", reason);
  return [reason, knowsCode("reason", reason) ? word.charAt(0).toUpperCase() + word.slice(1) : word];
}
