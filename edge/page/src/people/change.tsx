/** Renaming and removing somebody: the dialogs, which say what stays and what goes. */

import { useState } from "preact/hooks";
import { type Result, send } from "../device.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import { navigate, path } from "../router.tsx";
import type { Door } from "../wire.ts";
import { say, sayCount } from "../words/words.ts";
import { askRoster, type Person } from "./roster.ts";

interface ChangeProps {
  door: Door;
  person: Person;
  onClose: () => void;
}

export function RenameDialog({ door, person, onClose }: ChangeProps) {
  const [to, setTo] = useState(person.name);
  const [isBusy, setBusy] = useState(false);
  const [result, setResult] = useState<Result | null>(null);
  const canDo = to.trim() !== "" && to.trim() !== person.name && !isBusy;
  const rename = async () => {
    setBusy(true);
    const tell = async (answer: Result) => {
      setResult(answer);
      if (answer.outcome !== "done") return;
      const name = String(answer.values?.["person"] ?? to.trim());
      await askRoster(door.name);
      onClose();
      navigate(`${path("people", name)}?door=${encodeURIComponent(door.name)}`, { replace: true });
    };
    const onLate = (answer: Result) => void tell(answer);
    await tell(await send(door.name, "rename", { person: person.name, to: to.trim() }, { onLate }));
    setBusy(false);
  };
  return (
    <Dialog title={<Say of="person.rename.title" person={<Name of={person.name} />} />} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (canDo) void rename();
        }}
      >
        <p class="muted">{say("person.rename.text")}</p>
        <Field label={say("person.rename.to")} value={to} maxLength={64} autoFocus onInput={setTo} />
        {result && <Answer result={result} door={door.name} />}
        <div class="actions">
          <Button onClick={onClose}>{say("do.cancel")}</Button>
          <Button kind="main" type="submit" busy={isBusy} disabled={!canDo}>
            {say("person.rename")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function RemoveDialog({ door, person, onClose }: ChangeProps) {
  const [isBusy, setBusy] = useState(false);
  const [result, setResult] = useState<Result | null>(null);
  const remove = async () => {
    setBusy(true);
    const tell = (answer: Result) => {
      setResult(answer);
      if (answer.outcome !== "done") return;
      navigate(`/people?door=${encodeURIComponent(door.name)}`, { replace: true });
      void askRoster(door.name);
    };
    tell(await send(door.name, "remove", { person: person.name }, { onLate: tell }));
    setBusy(false);
  };
  return (
    <Dialog title={<Say of="person.remove.title" person={<Name of={person.name} />} />} onClose={onClose}>
      <p>{say("person.remove.text")}</p>
      <ul class="goes">
        <li>{say("person.remove.templates", { pictures: sayCount("people.pictures", person.templates) })}</li>
        <li>{say("person.remove.rules")}</li>
        <li>{say("person.remove.visits")}</li>
        <li>{say("person.remove.pictures")}</li>
      </ul>
      <p class="muted small">{say("person.remove.backups")}</p>
      {result && <Answer result={result} door={door.name} />}
      <div class="actions">
        <Button onClick={onClose}>{say("do.cancel")}</Button>
        <Button kind="danger" busy={isBusy} onClick={() => void remove()}>
          <Say of="person.remove.do" person={<Name of={person.name} />} />
        </Button>
      </div>
    </Dialog>
  );
}
