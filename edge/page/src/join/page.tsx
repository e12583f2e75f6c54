/** Join: who invited this device to what, and one button. */

import { useState } from "preact/hooks";
import { now_s } from "../clock.ts";
import { useMe } from "../device.ts";
import type { Invitation } from "../device/invitation.ts";
import { join, type Joined, tellTabsOfJoining } from "../device/join.ts";
import { signIn } from "../device/session.ts";
import { load } from "../live.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { Page } from "../parts/page.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { navigate } from "../router.tsx";
import { refusalWords } from "../words/results.ts";
import { say, sayCode } from "../words/words.ts";
import { dropInvitation, invited } from "./invited.ts";

export function JoinPage() {
  const [invitation] = useState(invited);
  const [answers, setAnswers] = useState<readonly Joined[] | null>(null);
  const { phase } = useMe();
  const isExpired = invitation !== null && invitation.expires_s < now_s();
  if (answers && answers.some(({ reason }) => !reason)) return <Done answers={answers} />;
  return (
    <Page title={say("join.title")}>
      <div class="narrow">
        <Card>
          {!invitation && (
            <Empty icon="key" title={say("join.no_invitation")}>
              {say("join.no_invitation.text")}
            </Empty>
          )}
          {invitation && isExpired && (
            <Empty icon="key" title={say("join.expired")}>
              {say("join.expired.text")}
            </Empty>
          )}
          {invitation && !isExpired && (
            <Invited
              invitation={invitation}
              canJoin={phase === "ready" || phase === "unknown"}
              failed={answers}
              onAnswers={setAnswers}
            />
          )}
        </Card>
      </div>
    </Page>
  );
}

interface InvitedProps {
  invitation: Invitation;
  canJoin: boolean;
  failed: readonly Joined[] | null;
  onAnswers: (answers: readonly Joined[]) => void;
}

function Invited({ invitation, canJoin, failed, onAnswers }: InvitedProps) {
  const { doors, role, name, expires_s } = invitation;
  const [asking, setAsking] = useState<string | null>(null);
  const begin = async () => {
    setAsking(doors[0]?.name ?? "");
    const answers = await join(invitation).catch(() =>
      doors.map((door) => ({ door: door.name, reason: "not_kept", message: "" })),
    );
    setAsking(null);
    if (answers.some(({ reason }) => !reason)) {
      dropInvitation();
      tellTabsOfJoining();
      void signIn()
        .then(load)
        .catch(() => undefined);
    }
    onAnswers(answers);
  };
  return (
    <div class="stack wide invited">
      <span class="lock info">
        <Icon name="key" size={28} />
      </span>
      <h2>
        <Say of="join.invited" doors={<DoorNames doors={doors.map((door) => door.name)} />} />
      </h2>
      <dl class="facts">
        <dt>{say("join.role")}</dt>
        <dd>
          {sayCode("role", role)}
          <span class="muted">: {sayCode("role", `${role}.may`)}</span>
        </dd>
        <dt>{say("join.name")}</dt>
        <dd>
          <Name of={name || "-"} />
        </dd>
      </dl>
      <p class="muted small">{say("join.name.text")}</p>
      {failed && (
        <Banner tone="bad">
          <strong>{say("join.failed")}</strong>
          <Answers answers={failed} />
        </Banner>
      )}
      <Button kind="main" busy={asking !== null} disabled={!canJoin} onClick={begin}>
        {asking === null ? say("join.do") : say("join.working", { door: asking })}
      </Button>
      <p class="muted small">
        <Say of="join.until" time={<Time at={new Date(expires_s * 1000).toISOString()} how="exact" />} />{" "}
        {say("join.home_screen")}
      </p>
    </div>
  );
}

function DoorNames({ doors }: { doors: readonly string[] }) {
  return <>{doors.flatMap((door, n) => [n ? ", " : "", <Name key={door} of={door} />])}</>;
}

function Done({ answers }: { answers: readonly Joined[] }) {
  const failed = answers.filter(({ reason }) => reason);
  return (
    <Page title={say("join.done")}>
      <div class="narrow">
        <Card>
          <div class="stack wide invited">
            <span class="lock good">
              <Icon name="check" size={28} />
            </span>
            <p>{say("join.done.text")}</p>
            {failed.length > 0 && (
              <Banner tone="warn">
                <strong>{say("join.partly")}</strong>
                <Answers answers={failed} />
              </Banner>
            )}
            <Button kind="main" onClick={() => navigate("/")}>
              {say("join.go")}
            </Button>
          </div>
        </Card>
      </div>
    </Page>
  );
}

/** Why each door did not take it. */
function Answers({ answers }: { answers: readonly Joined[] }) {
  return (
    <ul>
      {answers.map((answer) => (
        <li key={answer.door}>
          <Say of="join.at" door={<Name of={answer.door} />} what={whyNot(answer)} />
        </li>
      ))}
    </ul>
  );
}

function whyNot({ reason, message }: Joined): string {
  if (reason === "no_answer") return say("join.no_answer");
  if (reason === "not_kept") return say("join.not_kept");
  if (reason === "not_signed") return say("join.not_signed");
  if (reason === "offline") return message || say("result.offline");
  if (reason === "unknown_key" || reason === "revoked_key") return say("join.used");
  return refusalWords(reason ?? "failed", message);
}
