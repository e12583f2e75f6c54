/** The keys that a door obeys, asked of the door itself. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { type Result, send, useMe } from "../device.ts";
import { Badge } from "../parts/badge.tsx";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Select } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import type { InvitationInfo, KeyInfo } from "../wire.ts";
import { resultWords } from "../words/results.ts";
import { say, sayCode } from "../words/words.ts";
import { RevokeDialog } from "./revoke.tsx";

interface Asked {
  result: Result;
  keys: readonly KeyInfo[];
  invitations: readonly InvitationInfo[];
}

async function ask(door: string): Promise<Asked> {
  const result = await send(door, "keys", {});
  const { keys = [], invitations = [] } = (result.values ?? {}) as {
    keys?: KeyInfo[];
    invitations?: InvitationInfo[];
  };
  return { result, keys, invitations };
}

/** `doors`: those at which this device is an admin. */
export function Keys({ doors }: { doors: readonly string[] }) {
  const [door, setDoor] = useState(doors[0] ?? "");
  const [asked, setAsked] = useState<Asked | null>(null);
  const [revoking, setRevoking] = useState<KeyInfo | "lost" | null>(null);
  const { device } = useMe();
  const load = useCallback(() => {
    setAsked(null);
    void ask(door).then(setAsked);
  }, [door]);
  useEffect(load, [load]);
  const own = device?.key.fingerprint;
  const others = asked?.keys.filter((key) => !key.revoked_at && key.fingerprint !== own) ?? [];
  const isAnswered = asked?.result.outcome === "done";
  return (
    <>
      <Card
        title={<Say of="devices.others" door={<Name of={door} />} />}
        aside={
          doors.length > 1 && (
            <Select
              label={say("journal.door")}
              quiet
              value={door}
              options={doors.map((name) => [name, name] as const)}
              onChange={setDoor}
            />
          )
        }
      >
        <div class="stack">
          <p class="muted">{say("devices.others.text")}</p>
          {!asked && (
            <p class="row muted" role="status">
              <span class="spinner" aria-hidden="true" />
              {say("pending.wait")}
            </p>
          )}
          {asked && !isAnswered && (
            <Banner tone="warn" action={<Button onClick={load}>{say("do.retry")}</Button>}>
              {resultWords(asked.result, door)}
            </Banner>
          )}
          {isAnswered && (
            <ul class="list key-list">
              {inOrder(asked.keys).map((key) => (
                <KeyRow
                  key={key.fingerprint}
                  info={key}
                  isOwn={key.fingerprint === own}
                  onRevoke={() => setRevoking(key)}
                />
              ))}
            </ul>
          )}
        </div>
      </Card>
      {isAnswered && asked.invitations.length > 0 && (
        <Card title={say("devices.invitations")}>
          <ul class="list key-list">
            {asked.invitations.map((invitation, n) => (
              <li key={n} class="row">
                <span class="grow">
                  <Name of={invitation.name} />{" "}
                  <span class="muted small">
                    <Say of="devices.expires" time={<Time at={invitation.expires} how="exact" />} />
                  </span>
                </span>
                <Badge word={sayCode("role", invitation.role)} />
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title={say("devices.lost")}>
        <div class="row wraps apart">
          <p class="muted grow lost-text">{say("devices.lost.text")}</p>
          <Button kind="danger" disabled={!others.length} onClick={() => setRevoking("lost")}>
            {say("devices.lost.do")}
          </Button>
        </div>
      </Card>
      {revoking && (
        <RevokeDialog
          door={door}
          doors={doors}
          choices={revoking === "lost" ? others : [revoking]}
          isLost={revoking === "lost"}
          own={own}
          onClose={() => {
            setRevoking(null);
            load();
          }}
        />
      )}
    </>
  );
}

/** The good ones first, each by name. */
function inOrder(keys: readonly KeyInfo[]): KeyInfo[] {
  return [...keys].sort(
    (one, other) =>
      Number(Boolean(one.revoked_at)) - Number(Boolean(other.revoked_at)) ||
      one.name.localeCompare(other.name),
  );
}

function KeyRow({ info, isOwn, onRevoke }: { info: KeyInfo; isOwn: boolean; onRevoke: () => void }) {
  const { name, role, fingerprint, made_at, revoked_at, last_used } = info;
  return (
    <li class={revoked_at ? "row gone" : "row"}>
      <Icon name="devices" />
      <span class="grow">
        <span class="row wraps">
          <strong>
            <Name of={name} />
          </strong>
          <Badge tone={revoked_at ? "quiet" : "info"} word={sayCode("role", role)} />
          {isOwn && <Badge tone="good" word={say("devices.this")} />}
        </span>
        <span class="muted small">
          <code title={fingerprint}>{fingerprint.slice(0, 8)}</code>
          {", "}
          {revoked_at ? (
            <Say of="devices.revoked" time={<Time at={revoked_at} />} />
          ) : last_used ? (
            <Say of="devices.used" time={<Time at={last_used} />} />
          ) : (
            <Say of="devices.made" time={<Time at={made_at} />} />
          )}
        </span>
      </span>
      {!revoked_at && (
        <Button label={`${say("devices.revoke")}: ${name}`} onClick={onRevoke}>
          {say("devices.revoke")}
        </Button>
      )}
    </li>
  );
}
