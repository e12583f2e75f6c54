/** The groups: what each asks of whoever is in it, and who that is. */

import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field, Select } from "../parts/field.tsx";
import { Name } from "../parts/say.tsx";
import { howWords } from "../people/rules_words.ts";
import { say, sayCount } from "../words/words.ts";
import { changedGroup, withDefault, withGroup } from "./draft.ts";
import { NameDialog } from "./name_dialog.tsx";
import type { EditProps, Group, Permission } from "./rules.ts";

const SHOWN_NAMES = 12;

interface GroupsProps extends EditProps {
  permissions: readonly Permission[];
}

export function Groups({ rules, permissions, onChange }: GroupsProps) {
  const [isNaming, setNaming] = useState(false);
  const groups = Object.entries(rules.groups ?? {});
  const inNone = permissions.filter((permission) => !permission.groups?.length);
  return (
    <Card
      title={say("groups.title")}
      aside={
        onChange && (
          <Button kind="plain" icon="plus" onClick={() => setNaming(true)}>
            {say("groups.add")}
          </Button>
        )
      }
    >
      <div class="stack">
        {groups.length ? (
          <ul class="groups">
            {groups.map(([name, group]) => (
              <OneGroup
                key={name}
                name={name}
                group={group}
                rules={rules}
                onChange={onChange}
                people={permissions.filter((permission) => permission.groups?.includes(name))}
              />
            ))}
          </ul>
        ) : (
          <Empty icon="people" title={say("groups.empty")}>
            {say("groups.empty.text")}
          </Empty>
        )}
        {groups.length > 0 && (
          <div class="stack tight">
            {onChange ? (
              <Select
                label={say("groups.default")}
                value={rules.default_group ?? ""}
                options={[
                  ["", say("groups.default.none")],
                  ...groups.map(([name]) => [name, say("groups.default.is", { group: name })] as const),
                ]}
                onChange={(name) => onChange(withDefault(rules, name || null))}
              />
            ) : (
              <p>
                {say("groups.default")}{" "}
                {rules.default_group
                  ? say("groups.default.is", { group: rules.default_group })
                  : say("groups.default.none")}
              </p>
            )}
            <Members people={inNone} />
          </div>
        )}
      </div>
      {isNaming && onChange && (
        <NameDialog
          title={say("groups.add")}
          others={rules.groups}
          onName={(name) => onChange(withGroup(rules, name, {}))}
          onClose={() => setNaming(false)}
        />
      )}
    </Card>
  );
}

interface OneGroupProps extends EditProps {
  name: string;
  group: Group;
  people: readonly Permission[];
}

function OneGroup({ name, group, rules, people, onChange }: OneGroupProps) {
  return (
    <li>
      <details>
        <summary>
          <strong>{name}</strong>
          <span class="muted small">{howWords(group, true)}</span>
          <span class="muted small count">
            {people.length ? sayCount("groups.people", people.length) : say("groups.people.none")}
          </span>
        </summary>
        <div class="stack inside">
          {onChange && (
            <Settings
              group={group}
              schedules={Object.keys(rules.schedules ?? {})}
              onChange={(changed) => onChange(withGroup(rules, name, changed))}
            />
          )}
          <Members people={people} />
          {onChange && (
            <div class="row">
              <Button
                disabled={people.length > 0}
                title={people.length ? say("groups.in_use") : undefined}
                onClick={() => onChange(withGroup(rules, name, null))}
              >
                {say("groups.remove", { group: name })}
              </Button>
            </div>
          )}
        </div>
      </details>
    </li>
  );
}

function Members({ people }: { people: readonly Permission[] }) {
  if (!people.length) return null;
  return (
    <p class="small muted members">
      {people.slice(0, SHOWN_NAMES).map(({ person }) => (
        <Name key={person} of={person} />
      ))}
      {people.length > SHOWN_NAMES && say("and_more", { count: people.length - SHOWN_NAMES })}
    </p>
  );
}

interface SettingsProps {
  group: Group;
  schedules: readonly string[];
  onChange: (group: Group) => void;
}

function Settings({ group, schedules, onChange }: SettingsProps) {
  const set = (fields: Parameters<typeof changedGroup>[1]) => onChange(changedGroup(group, fields));
  const number = (text: string) => (Number(text) > 0 ? Number(text) : undefined);
  return (
    <div class="pair">
      <Select
        label={say("groups.hours")}
        value={group.schedule ?? ""}
        options={[["", say("groups.hours.any")], ...schedules.map((each) => [each, each] as const)]}
        onChange={(schedule) => set({ schedule: schedule || undefined })}
      />
      <Select
        label={say("groups.factor")}
        value={group.second_factor ?? ""}
        options={[
          ["", say("groups.factor.none")],
          ["pin", say("groups.factor.pin")],
          ["button", say("groups.factor.button")],
        ]}
        onChange={(factor) => set({ second_factor: factor === "" ? undefined : factor })}
      />
      <Field
        label={say("groups.two")}
        hint={group.two_persons_within_s ? "s" : say("groups.two.none")}
        type="number"
        value={String(group.two_persons_within_s ?? "")}
        onInput={(text) => set({ two_persons_within_s: number(text) })}
      />
      <Field
        label={say("groups.rate")}
        hint={say("allow.rate.hint")}
        value={String(group.false_match_rate ?? "")}
        onInput={(text) => set({ false_match_rate: number(text) })}
      />
    </div>
  );
}
