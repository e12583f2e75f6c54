/** Access: who may come in when. Changes are gathered, compared by the door, and signed at once. */

import { useState } from "preact/hooks";
import { may, useMe } from "../device.ts";
import { useLive } from "../live.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { Known } from "../people/known.tsx";
import { askRoster, useRoster } from "../people/roster.ts";
import { NoDoors, useWhichDoor, WhichDoor } from "../people/which_door.tsx";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";
import { About } from "./about.tsx";
import { Ask } from "./ask.tsx";
import { ChangesDialog } from "./changes.tsx";
import { firstRules, isSame } from "./draft.ts";
import { Groups } from "./groups.tsx";
import { Holidays } from "./holidays.tsx";
import { Hours } from "./hours.tsx";
import { ModeCard } from "./mode.tsx";
import type { RulesDocument } from "./rules.ts";

export function AccessPage() {
  const door = useWhichDoor();
  const phase = useLive((state) => state.phase);
  return (
    <Page title={say("access.title")} actions={door && <WhichDoor door={door} />}>
      {door ? (
        <AccessAt key={door.name} door={door} />
      ) : (
        phase !== "loading" && <NoDoors />
      )}
    </Page>
  );
}

/** The rules as they are edited, and those that they were made from. */
interface Edited {
  rules: RulesDocument;
  hash: string | null;
}

function AccessAt({ door }: { door: Door }) {
  const who = useMe();
  const roster = useRoster(door.name);
  const [edited, setEdited] = useState<Edited | null>(null);
  const mayChange = may("set_rules", door.name, who) && door.online && roster.problem === null;
  const rules = edited?.rules ?? roster.rules;
  const change = (changed: RulesDocument) => {
    const isBack = isSame(changed, roster.rules);
    setEdited(isBack ? null : { rules: changed, hash: edited?.hash ?? roster.hash });
  };
  const onChange = mayChange ? change : undefined;
  const isKnown = roster.phase === "known";
  return (
    <div class="access">
      <div class="stack">
        <Known roster={roster} door={door} />
        {isKnown && !may("set_rules", door.name, who) && (
          <p class="muted small">{say("access.read_only")}</p>
        )}
        {isKnown && roster.problem !== null && (
          <Banner tone="bad">
            <strong>{say("access.unreadable")}</strong>
            <p class="small">{say("access.unreadable.text", { problem: roster.problem })}</p>
          </Banner>
        )}
        {isKnown && roster.problem === null && rules === null && (
          <Card>
            <Empty
              icon="access"
              title={say("access.none")}
              action={
                onChange && (
                  <Button kind="main" onClick={() => onChange(firstRules(ownZone()))}>
                    {say("access.none.begin")}
                  </Button>
                )
              }
            >
              {say("access.none.text")}
            </Empty>
          </Card>
        )}
        {isKnown && rules !== null && (
          <>
            <Hours rules={rules} onChange={onChange} />
            <Groups rules={rules} permissions={roster.permissions} onChange={onChange} />
            <Holidays rules={rules} onChange={onChange} />
            <About rules={rules} onChange={onChange} />
          </>
        )}
      </div>
      <div class="stack aside">
        {isKnown && roster.problem === null && (
          <Ask door={door} roster={roster} rules={rules} isChanged={edited !== null} />
        )}
        <ModeCard door={door} />
      </div>
      {edited && (
        <Pending door={door} edited={edited} onOver={() => setEdited(null)} />
      )}
    </div>
  );
}

function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

interface PendingProps {
  door: Door;
  edited: Edited;
  onOver: () => void;
}

/** The bar that stays in sight while something is changed. */
function Pending({ door, edited, onOver }: PendingProps) {
  const [doing, setDoing] = useState<"review" | "discard" | null>(null);
  return (
    <div class="pending" role="region" aria-label={say("changes.title")}>
      <p role="status">{say("changes.pending")}</p>
      <div class="row">
        <Button onClick={() => setDoing("discard")}>{say("changes.discard")}</Button>
        <Button kind="main" onClick={() => setDoing("review")}>
          {say("changes.review")}
        </Button>
      </div>
      {doing === "review" && (
        <ChangesDialog
          door={door}
          rules={edited.rules}
          hash={edited.hash}
          onSent={onOver}
          onReload={() => {
            onOver();
            void askRoster(door.name);
          }}
          onClose={() => setDoing(null)}
        />
      )}
      {doing === "discard" && (
        <Dialog title={say("changes.discard.title")} onClose={() => setDoing(null)}>
          <div class="actions">
            <Button onClick={() => setDoing(null)}>{say("do.cancel")}</Button>
            <Button kind="danger" onClick={onOver}>
              {say("changes.discard")}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
