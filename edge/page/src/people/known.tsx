/** Whether a door has said who is enrolled there, and what to do where it has not. */

import { may, useMe } from "../device.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";
import { askRoster, type Roster } from "./roster.ts";

/** That the door is being asked, or has not answered, or could not be asked now. */
export function Known({ roster, door }: { roster: Roster; door: Door }) {
  const who = useMe();
  if (!may("list", door.name, who)) {
    return (
      <Card>
        <Empty icon="key" title={say("access.no_right")} />
      </Card>
    );
  }
  if (roster.failure) {
    return (
      <div class="stack tight">
        <Answer result={roster.failure} door={door.name} />
        <div class="row">
          <Button onClick={() => void askRoster(door.name)} disabled={!door.online}>
            {say("people.ask")}
          </Button>
        </div>
      </div>
    );
  }
  if (!door.online && roster.at) {
    return (
      <p class="muted small">
        <Say of="people.known_at" time={<Time at={roster.at} />} />
      </p>
    );
  }
  if (roster.phase === "asking") return door.online ? <Ghosts /> : <Offline door={door} />;
  return null;
}

function Offline({ door }: { door: Door }) {
  return (
    <Card>
      <Empty icon="offline" title={say("people.failed")}>
        <Say of="enrol.offline" door={<Name of={door.name} />} />
      </Empty>
    </Card>
  );
}

export function Ghosts() {
  return (
    <div class="people" role="status" aria-label={say("loading")}>
      {[0, 1, 2].map((place) => (
        <div key={place} class="card person-card ghost" />
      ))}
    </div>
  );
}
