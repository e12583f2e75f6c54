import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url, fromBase64url, utf8 } from "../src/bytes.ts";
import { invitationUrl, readInvitation } from "../src/device/invitation.ts";
import { fingerprint, keyOfSeed, newKey, newSeed, signature, signedCommand, verified } from "../src/device/signing.ts";

test("the fingerprint is that of RFC 8037, appendix A.3", async () => {
  const known = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  assert.equal(await fingerprint(known), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

test("a device's key cannot be taken out of the browser", async () => {
  const key = await newKey();
  await assert.rejects(crypto.subtle.exportKey("pkcs8", key.private));
});

test("an invitation's address holds all that the new device needs", async () => {
  const { seed, public: given } = await newSeed();
  const key = await keyOfSeed(seed);
  assert.equal(key.public, given);
  const doors = [{ name: "Büro. links & 1", public_key: given }, { name: "back", public_key: given }];
  const invitation = { seed, doors, role: "viewer" as const, name: "Ada's phone = 1", expires_s: 1800000000 };
  const url = new URL(invitationUrl("https://doors.lan:8443", invitation));
  assert.equal(url.pathname, "/join");
  assert.deepEqual(readInvitation(url.hash), invitation);
});

test("half an invitation is none", () => {
  for (const part of ["", "#k=AAAA", "#k=&d=front.x&r=viewer&e=1", "#k=!!!&d=a&r=viewer&e=5"]) {
    assert.equal(readInvitation(part), null);
  }
});

test("a result is believed when the door has signed it, and nothing else of it", async () => {
  const { seed, public: given } = await newSeed();
  const door = await keyOfSeed(seed);
  const body = '{"v": 1, "outcome": "done", "message": "ö \\", \\"signature\\": \\"x"}';
  const header = base64url(utf8(`{"alg":"EdDSA","kid":"${door.fingerprint}","typ":"facedoor-result"}`));
  const signed = await signature(door, `${header}.${base64url(utf8(body))}`);
  const message = `${body.slice(0, -1)}, "signature": "${header}..${signed}"}`;
  assert.equal((await verified<{ outcome: string }>("result", message, given))?.outcome, "done");
  assert.equal(await verified("status", message, given), null);
  assert.equal(await verified("result", message.replace("done", "fone"), given), null);
  assert.equal(await verified("result", message, (await newSeed()).public), null);
  assert.equal(await verified("result", body, given), null);
});

test("a command says for which door it is, when, and what", async () => {
  const key = await newKey();
  const token = await signedCommand(key, "door", "unlock", { reason: "ö" }, { from_s: 10, until_s: 40 });
  const [header = "", claims = ""] = token.text.split(".");
  const decoded = (part: string) => JSON.parse(new TextDecoder().decode(fromBase64url(part)));
  assert.deepEqual(decoded(header), { alg: "EdDSA", kid: key.fingerprint });
  assert.deepEqual(decoded(claims), {
    aud: "door", iat: 10, exp: 40, jti: token.id, cmd: "unlock", args: { reason: "ö" },
  });
});
