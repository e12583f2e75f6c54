/** The last visits, with their pictures. */

import { useLive } from "../live.ts";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Picture } from "../parts/picture.tsx";
import { Name } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { Link, path } from "../router.tsx";
import { Outcome, Who } from "../visits/row.tsx";
import type { Visit } from "../wire.ts";
import { say, sayCode } from "../words/words.ts";

const SHOWN = 7;

export function Recent() {
  const visits = useLive((state) => state.visits);
  const aside = visits.length > 0 && <Link href="/visits">{say("now.all_visits")}</Link>;
  return (
    <Card title={say("now.recent")} aside={aside} class="recent-visits" flush>
      {!visits.length && (
        <Empty icon="visits" title={say("now.no_visits")}>
          {say("now.no_visits.text")}
        </Empty>
      )}
      <ul class="recent">
        {visits.slice(0, SHOWN).map((visit) => (
          <li key={`${visit.door} ${visit.id}`}>
            <Row visit={visit} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Row({ visit }: { visit: Visit }) {
  const { id, door, reason, outcome, picture, ended } = visit;
  return (
    <Link href={path("visits", id)} class="recent-row">
      <Picture door={door} visit={id} isKept={picture} />
      <span class="who">
        <strong>
          <Who visit={visit} />
        </strong>
        <span class="muted small">
          {outcome === "came_in" ? "" : `${sayCode("reason", reason)}, `}
          <Name of={door} />
        </span>
      </span>
      <Outcome visit={visit} />
      <span class="when muted small">
        <Time at={ended} />
      </span>
    </Link>
  );
}
