/** One visit in a list: who, how it ended and why, when. */

import { may } from "../device.ts";
import { Badge, type Tone } from "../parts/badge.tsx";
import { Picture } from "../parts/picture.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { say, sayCode } from "../words/words.ts";
import type { Visit } from "../wire.ts";

const TONES: Record<Visit["outcome"], Tone> = { came_in: "good", refused: "warn", not_opened: "bad" };
/** Refusals that are no bad light: somebody tried to pass for somebody else, or was locked out. */
const GRAVE: ReadonlySet<string> = new Set(["not_live", "wrong_code", "locked_out"]);

export function toneOf({ outcome, reason }: Visit): Tone {
  return outcome === "refused" && GRAVE.has(reason) ? "bad" : TONES[outcome];
}

export function Outcome({ visit }: { visit: Visit }) {
  return <Badge tone={toneOf(visit)} word={say(`visits.outcome.${visit.outcome}`)} />;
}

/** Whether who was refused is only taken for whoever was let in shortly after. */
export const isGuess = ({ outcome, person_by }: Visit) => outcome === "refused" && person_by === "next_grant";

export function Who({ visit }: { visit: Visit }) {
  if (visit.person === null) return <>{say("somebody")}</>;
  const name = <Name of={visit.person} />;
  return isGuess(visit) ? <Say of="visit.perhaps" person={name} /> : name;
}

export interface VisitRowProps {
  visit: Visit;
  /** It is the one that is shown beside the list. */
  isCurrent: boolean;
  isSeen: boolean;
  showDoor: boolean;
  /** Nobody scrolls, so the door may be asked for its picture. */
  isResting: boolean;
  /** It has the list's place in the order of the Tab key. */
  isTabStop: boolean;
  href: string;
  topPx: number;
  place: number;
  count: number;
  onOpen: (visit: Visit) => void;
  onFocus: (visit: Visit) => void;
}

export function VisitRow(props: VisitRowProps) {
  const { visit, isCurrent, isSeen, showDoor, isResting, href, onOpen, onFocus } = props;
  const follow = (event: MouseEvent) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onOpen(visit);
  };
  const isPlain = visit.outcome === "came_in" && visit.reason === "recognised";
  return (
    <li style={{ top: `${props.topPx}px` }} aria-setsize={props.count} aria-posinset={props.place + 1}>
      <a
        href={href}
        class="visit-line"
        data-visit={visit.id}
        aria-current={isCurrent ? "true" : undefined}
        tabIndex={props.isTabStop ? 0 : -1}
        onClick={follow}
        onFocus={() => onFocus(visit)}
      >
        {isResting && visit.picture && may("picture", visit.door) ? (
          <Picture visit={visit.id} door={visit.door} isKept />
        ) : (
          <span class="picture" />
        )}
        <strong>
          <Who visit={visit} />
        </strong>
        {!isSeen && <span class="unseen" role="img" aria-label={say("visits.unseen.one")} />}
        <span class="why">
          {isPlain ? "" : sayCode("reason", visit.reason)}
          {!isPlain && showDoor && " · "}
          {showDoor && <bdi>{visit.door}</bdi>}
        </span>
        <Time at={visit.began} how="time" />
        <Outcome visit={visit} />
      </a>
    </li>
  );
}
