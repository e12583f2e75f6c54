/** The pictures look like somebody else who is enrolled: what that means, and what an admin can do. */

import { roleAt } from "../device.ts";
import { Button } from "../parts/button.tsx";
import { Name, Say } from "../parts/say.tsx";
import { say } from "../words/words.ts";

interface AlikeProps {
  door: string;
  person: string;
  /** Whom the door has recognised in them. */
  like: string;
  onTwo: () => void;
}

export function Alike({ door, person, like, onTwo }: AlikeProps) {
  return (
    <div class="alike stack tight" role="alert">
      <p class="reason">
        <Say of="enrol.alike" person={<Name of={person} />} />
      </p>
      <p>
        <Say of="who.nearer" person={<Name of={like} />} />
      </p>
      <p class="small">
        <Say of="who.nearer.text" person={<Name of={like} />} />
      </p>
      {roleAt(door) === "admin" && (
        <div class="row">
          <Button onClick={onTwo}>{say("enrol.alike.two")}</Button>
        </div>
      )}
    </div>
  );
}
