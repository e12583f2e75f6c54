/** Invites a device: makes a key that can do one thing once, and shows it as link and QR code. */

import { useState } from "preact/hooks";
import { now_s } from "../clock.ts";
import { knownDoor, type Result, send } from "../device.ts";
import { type Invitation, invitationUrl } from "../device/invitation.ts";
import { newSeed } from "../device/signing.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Copyable } from "../parts/copyable.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Check, Choice, Field } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import type { Role } from "../wire.ts";
import { resultWords } from "../words/results.ts";
import { say, sayCode, sayCount } from "../words/words.ts";
import { Qr } from "./qr.tsx";

const ROLES: readonly Role[] = ["viewer", "enroller", "operator"];
const HOURS = ["1", "8", "24"] as const;

/** So much less than was chosen: a door takes a day at most, by its own clock. */
const MARGIN_S = 30;

interface Made {
  invitation: Invitation | null;
  failed: readonly (readonly [string, Result])[];
}

/** `doors`: those at which this device may invite. */
export function InviteDialog({ doors, onClose }: { doors: readonly string[]; onClose: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  const title = say(made?.invitation ? "devices.invite.ready" : "devices.invite.title");
  return (
    <Dialog title={title} onClose={onClose}>
      {made && <Failures failed={made.failed} />}
      {made?.invitation ? (
        <Ready invitation={made.invitation} onClose={onClose} />
      ) : (
        <Form doors={doors} onMade={setMade} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface FormProps {
  doors: readonly string[];
  onMade: (made: Made) => void;
  onClose: () => void;
}

function Form({ doors, onMade, onClose }: FormProps) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [hours, setHours] = useState<(typeof HOURS)[number]>("24");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const chosen = doors.filter((door) => !left.has(door));
  const canMake = name.trim() !== "" && chosen.length > 0;
  const make = async (event: Event) => {
    event.preventDefault();
    if (!canMake || isBusy) return;
    setBusy(true);
    onMade(await invite(chosen, role, name.trim(), Number(hours) * 3600 - MARGIN_S));
    setBusy(false);
  };
  const choose = (door: string, isChosen: boolean) => {
    const others = new Set(left);
    if (isChosen) others.delete(door);
    else others.add(door);
    setLeft(others);
  };
  return (
    <form class="stack" onSubmit={make}>
      <p class="muted">{say("devices.invite.text")}</p>
      <Field
        label={say("devices.invite.name")}
        placeholder={say("devices.invite.name.hint")}
        value={name}
        maxLength={64}
        required
        onInput={setName}
      />
      <div class="stack tight">
        <Choice
          label={say("devices.invite.role")}
          value={role}
          options={ROLES.map((each) => [each, sayCode("role", each)] as const)}
          onChange={setRole}
        />
        <p class="muted small">{sayCode("role", `${role}.may`)}</p>
      </div>
      {doors.length > 1 && (
        <fieldset class="field">
          <legend>{say("devices.invite.doors")}</legend>
          <div class="checks">
            {doors.map((door) => (
              <Check
                key={door}
                label={<Name of={door} />}
                checked={!left.has(door)}
                onChange={(isChosen) => choose(door, isChosen)}
              />
            ))}
          </div>
        </fieldset>
      )}
      <Choice
        label={say("devices.invite.hours")}
        value={hours}
        options={HOURS.map((each) => [each, sayCount("devices.invite.hours", Number(each))] as const)}
        onChange={setHours}
      />
      <p class="muted small">{say("devices.invite.no_role")}</p>
      <div class="actions">
        <Button onClick={onClose}>{say("do.cancel")}</Button>
        <Button kind="main" type="submit" busy={isBusy} disabled={!canMake}>
          {say("devices.invite.do")}
        </Button>
      </div>
    </form>
  );
}

/** The private half of the key stays in this function and in the invitation's address. */
async function invite(doors: readonly string[], role: Role, name: string, lasts_s: number): Promise<Made> {
  const { seed, public: key } = await newSeed();
  const expires_s = Math.floor(now_s() + lasts_s);
  const expires = new Date(expires_s * 1000).toISOString();
  const ask = (door: string) => send(door, "invite", { key, role, name, expires });
  const answers = await Promise.all(doors.map(async (door) => [door, await ask(door)] as const));
  const taken = answers.filter(([, { outcome }]) => outcome === "done").map(([door]) => door);
  const known = taken.flatMap((door) => knownDoor(door) ?? []);
  const invited = known.map(({ name: door, public_key }) => ({ name: door, public_key }));
  return {
    invitation: invited.length ? { seed, doors: invited, role, name, expires_s } : null,
    failed: answers.filter(([, { outcome }]) => outcome !== "done"),
  };
}

function Failures({ failed }: { failed: Made["failed"] }) {
  if (!failed.length) return null;
  return (
    <Banner tone="bad">
      <ul>
        {failed.map(([door, result]) => (
          <li key={door}>
            <Say of="devices.invite.failed" door={<Name of={door} />} reason={resultWords(result, door)} />
          </li>
        ))}
      </ul>
    </Banner>
  );
}

function Ready({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const address = invitationUrl(location.origin, invitation);
  const until = new Date(invitation.expires_s * 1000).toISOString();
  return (
    <>
      <p class="muted">{say("devices.invite.show")}</p>
      <Qr text={address} label={say("devices.invite.code")} />
      <div class="stack tight">
        <span class="label">{say("devices.invite.link")}</span>
        <Copyable text={address} />
      </div>
      <p class="muted small">
        <Say of="devices.invite.once" time={<Time at={until} how="exact" />} />
      </p>
      <div class="actions">
        <Button kind="main" onClick={onClose}>
          {say("do.close")}
        </Button>
      </div>
    </>
  );
}
