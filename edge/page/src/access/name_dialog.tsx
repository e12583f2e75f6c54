/** Asks for the name of something new in the rules. */

import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { say } from "../words/words.ts";
import { isFreeName } from "./draft.ts";

interface NameDialogProps {
  title: string;
  others: Readonly<Record<string, unknown>> | undefined;
  onName: (name: string) => void;
  onClose: () => void;
}

export function NameDialog({ title, others, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState("");
  const isFree = isFreeName(name, others);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isFree) return;
          onName(name);
          onClose();
        }}
      >
        <Field
          label={say("hours.name")}
          hint={say("hours.name.hint")}
          wrong={name && !isFree ? say("hours.name.wrong") : null}
          value={name}
          maxLength={32}
          autoFocus
          onInput={setName}
        />
        <div class="actions">
          <Button onClick={onClose}>{say("do.cancel")}</Button>
          <Button kind="main" type="submit" disabled={!isFree}>
            {say("holidays.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
