/** The dialog of an enrolment: who it is, and where the pictures come from. */

import { useState } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, Field } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import { navigate, path } from "../router.tsx";
import { plain } from "../visits/filter.ts";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";
import { AtDoor } from "./at_door.tsx";
import { FromHere } from "./from_here.tsx";
import { useRoster } from "./roster.ts";

interface EnrolDialogProps {
  door: Door;
  /** Somebody who is enrolled already; absent: whoever is named. */
  name?: string;
  onClose: () => void;
}

type Way = "here" | "door";

export function EnrolDialog({ door, name, onClose }: EnrolDialogProps) {
  const roster = useRoster(door.name);
  const [said, setSaid] = useState(name ?? "");
  const [way, setWay] = useState<Way>("here");
  const [isDone, setDone] = useState(false);
  const known = roster.people.find((person) => plain(person.name) === plain(said));
  const person = name ?? known?.name ?? said.trim();
  return (
    <Dialog
      wide
      title={
        name === undefined ? say("enrol.title") : <Say of="enrol.title.more" person={<Name of={name} />} />
      }
      onClose={onClose}
    >
      {name === undefined && (
        <Field
          label={say("enrol.name")}
          hint={
            known && !isDone ? (
              <Say of="enrol.name.known" person={<Name of={known.name} />} />
            ) : (
              say("enrol.name.hint")
            )
          }
          value={said}
          maxLength={64}
          autoFocus
          onInput={(value) => !isDone && setSaid(value)}
        />
      )}
      <Choice<Way>
        label={say("enrol.way")}
        value={way}
        options={[
          ["here", say("enrol.way.phone")],
          ["door", say("enrol.way.door")],
        ]}
        onChange={setWay}
      />
      {way === "here" ? (
        <FromHere door={door} person={person} onDone={() => setDone(true)} />
      ) : (
        <AtDoor door={door} person={person} onDone={() => setDone(true)} />
      )}
      <div class="actions">
        {isDone && name === undefined && (
          <Button
            kind="plain"
            onClick={() => {
              onClose();
              navigate(`${path("people", person)}?door=${encodeURIComponent(door.name)}`);
            }}
          >
            <Say of="enrol.to_person" person={<Name of={person} />} />
          </Button>
        )}
        <Button onClick={onClose}>{say(isDone ? "enrol.finish" : "do.close")}</Button>
      </div>
    </Dialog>
  );
}
