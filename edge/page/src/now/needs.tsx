/** What somebody should do something about, each with the way there. */

import { useNeeds } from "../live.ts";
import { Card } from "../parts/card.tsx";
import { Icon } from "../parts/icon.tsx";
import { Name, ProblemSentence, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { Link, path } from "../router.tsx";
import type { Need } from "../wire.ts";
import { say, sayCode, sayCount } from "../words/words.ts";

export function Needs() {
  const needs = useNeeds();
  if (!needs.length) return null;
  return (
    <Card title={say("now.needs")} class="needs">
      <ul class="list">
        {needs.map((need, n) => (
          <li key={n} class={need.kind === "problem" && need.severity === "error" ? "bad" : "warn"}>
            <Icon name={need.kind === "refused_often" ? "person" : need.kind === "offline" ? "offline" : "warning"} />
            <NeedText need={need} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function NeedText({ need }: { need: Need }) {
  if (need.kind === "refused_often") return <RefusedOften need={need} />;
  const door = <Name of={need.door} />;
  return (
    <div class="stack tight">
      {need.kind === "offline" ? (
        <p>
          {need.since ? (
            <Say of="need.offline_since" door={door} time={<Time at={need.since} />} />
          ) : (
            <Say of="need.offline" door={door} />
          )}
        </p>
      ) : (
        <>
          <p>
            <Say of="need.problem" door={door} problem={sayCode("problem", need.code)} />
          </p>
          <ProblemSentence of={need} class="muted small" />
        </>
      )}
      <Link href={path("doors", need.door)}>{say("need.look")}</Link>
    </div>
  );
}

function RefusedOften({ need }: { need: Need & { kind: "refused_often" } }) {
  const { person, refused, visits, days, reason, when, photos } = need;
  return (
    <div class="stack tight">
      <p>
        <Say
          of={when ? "need.refused_when" : "need.refused_often"}
          person={<Name of={person} />}
          refused={refused}
          visits={visits}
          days={days}
          when={when ? sayCode("when", when) : ""}
          reason={sayCode("reason", reason)}
        />
      </p>
      {photos !== null && <p class="muted small">{sayCount("need.photos", photos)}</p>}
      <Link href={path("people", person)}>{say("need.add_photos")}</Link>
    </div>
  );
}
