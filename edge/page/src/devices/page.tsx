/** Devices: this one's key, who else has one, invitations, and what to do when one is lost. */

import { useState } from "preact/hooks";
import { doorsFor, type Me, roleAt, useMe } from "../device.ts";
import { Badge } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { say, sayCode } from "../words/words.ts";
import { InviteDialog } from "./invite.tsx";
import { Keys } from "./keys.tsx";

export function DevicesPage() {
  const who = useMe();
  const [isInviting, setInviting] = useState(false);
  const doors = doorsFor("invite", who);
  const invite = doors.length > 0 && (
    <Button kind="main" icon="plus" onClick={() => setInviting(true)}>
      {say("devices.invite")}
    </Button>
  );
  return (
    <Page title={say("devices.title")} actions={invite}>
      <div class="stack wide">
        <ThisDevice who={who} />
        {doors.length > 0 && <Keys doors={doors} />}
        {who.device && !doors.length && <p class="muted">{say("devices.only_admin")}</p>}
      </div>
      {isInviting && <InviteDialog doors={doors} onClose={() => setInviting(false)} />}
    </Page>
  );
}

export function ThisDevice({ who }: { who: Me }) {
  const { device } = who;
  if (!device) {
    return (
      <Card title={say("devices.this")}>
        <Empty icon="key" title={say("devices.none")}>
          {say("welcome.then")}
        </Empty>
      </Card>
    );
  }
  return (
    <Card title={say("devices.this")}>
      <dl class="facts">
        <dt>{say("devices.key")}</dt>
        <dd>
          <Name of={device.name || "-"} />
          {", "}
          <Say of="devices.made" time={<Time at={device.made_at} />} />
        </dd>
        <dt>{say("devices.fingerprint")}</dt>
        <dd>
          <code>{device.key.fingerprint}</code>
        </dd>
        <dt>{say("settings.session")}</dt>
        <dd class="row wraps">
          {device.doors.map(({ name }) => {
            const role = roleAt(name, who);
            return (
              <span key={name} class="row door-role">
                <Name of={name} />
                <Badge
                  tone={role ? "info" : "bad"}
                  word={role ? sayCode("role", role) : sayCode("outcome", "refused")}
                />
              </span>
            );
          })}
        </dd>
      </dl>
    </Card>
  );
}
