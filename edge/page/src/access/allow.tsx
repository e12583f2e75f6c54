/** What one person may, as a form: groups, dates, duress, and how near their face has to be. */

import { useState } from "preact/hooks";
import { type Result, send } from "../device.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Check, Field } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import { askRoster, permissionOf, type Roster } from "../people/roster.ts";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";
import { changesOf, type Draft, draftOf, wrongIn } from "./permission.ts";

interface AllowDialogProps {
  door: Door;
  roster: Roster;
  name: string;
  onClose: () => void;
}

export function AllowDialog({ door, roster, name, onClose }: AllowDialogProps) {
  const before = permissionOf(roster, name);
  const [draft, setDraft] = useState<Draft>(() => draftOf(before));
  const [isBusy, setBusy] = useState(false);
  const [result, setResult] = useState<Result | null>(null);
  const set = (fields: Partial<Draft>) => setDraft({ ...draft, ...fields });
  const wrong = wrongIn(draft);
  const changes = changesOf(before, draft);
  const hasChanged = Object.keys(changes).length > 0;
  const groups = Object.keys(roster.rules?.groups ?? {});
  const canDo = hasChanged && !wrong && !isBusy && door.online;
  const allow = async () => {
    setBusy(true);
    const tell = async (answer: Result) => {
      setResult(answer);
      if (answer.outcome !== "done") return;
      await askRoster(door.name);
      onClose();
    };
    const onLate = (answer: Result) => void tell(answer);
    await tell(await send(door.name, "allow", { person: name, ...changes }, { onLate }));
    setBusy(false);
  };
  return (
    <Dialog title={<Say of="allow.title" person={<Name of={name} />} />} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (canDo) void allow();
        }}
      >
        <fieldset class="field">
          <legend class="label">{say("allow.groups")}</legend>
          {groups.length ? (
            <>
              {groups.map((group) => (
                <Check
                  key={group}
                  label={group}
                  checked={draft.groups.includes(group)}
                  onChange={(isIn) =>
                    set({ groups: groups.filter((each) => (each === group ? isIn : draft.groups.includes(each))) })
                  }
                />
              ))}
              {!draft.groups.length && (
                <p class="hint">
                  {say("allow.groups.none", {
                    default: roster.rules?.default_group
                      ? say("groups.default.is", { group: roster.rules.default_group })
                      : say("groups.default.none"),
                  })}
                </p>
              )}
            </>
          ) : (
            <p class="hint">{say("allow.groups.no_rules")}</p>
          )}
        </fieldset>
        <div class="pair">
          <Field label={say("allow.from")} type="date" value={draft.from} onInput={(from) => set({ from })} />
          <Field
            label={say("allow.until")}
            type="date"
            value={draft.until}
            wrong={wrong === "order" ? say("allow.order") : null}
            onInput={(until) => set({ until })}
          />
        </div>
        <p class="muted small">{say("allow.dates")}</p>
        <Field
          label={say("allow.rate")}
          hint={say("allow.rate.hint")}
          wrong={wrong === "rate" ? say("allow.rate.wrong") : null}
          value={draft.rate}
          onInput={(rate) => set({ rate })}
        />
        {before.duress !== undefined && (
          <Check label={say("allow.duress")} checked={draft.duress} onChange={(duress) => set({ duress })} />
        )}
        <p class="muted small">
          {say(before.pin ? "allow.pin.is" : "allow.pin.none")}. {say("allow.pin")}
        </p>
        {result && <Answer result={result} door={door.name} />}
        <div class="actions">
          <Button onClick={onClose}>{say("do.cancel")}</Button>
          <Button
            kind="main"
            type="submit"
            busy={isBusy}
            disabled={!canDo}
            title={hasChanged ? undefined : say("allow.nothing")}
          >
            {say("allow.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
