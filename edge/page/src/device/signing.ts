/** Ed25519 as the doors use it: commands as signed tokens, and what a door has signed itself.
 *
 * docs/commands.md and docs/mqtt.md say the same for every language.
 */

import { base64url, type Bytes, fromBase64url, joined, sha256, utf8 } from "../bytes.ts";

/** How long a command is valid, and so how long its answer is waited for. */
export const LIFETIME_S = 30;

export interface SigningKey {
  private: CryptoKey;
  /** 32 bytes in base64url. */
  public: string;
  fingerprint: string;
}

/** What PKCS 8 puts before the 32 bytes of an Ed25519 seed (RFC 8410). */
const PKCS8 = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

/** A key that never leaves the browser. */
export async function newKey(): Promise<SigningKey> {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  return asSigningKey(pair.privateKey, await rawPublic(pair.publicKey));
}

/** A key to give away in an invitation: with its seed, 32 bytes. */
export async function newSeed(): Promise<{ seed: Bytes; public: string }> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return { seed: pkcs8.slice(-32), public: base64url(await rawPublic(pair.publicKey)) };
}

/** The key of a seed. Throws for what is no seed. */
export async function keyOfSeed(seed: Bytes): Promise<SigningKey> {
  if (seed.length !== 32) throw new Error("a seed has 32 bytes");
  const key = await crypto.subtle.importKey("pkcs8", joined(PKCS8, seed), "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return asSigningKey(key, fromBase64url(x ?? ""));
}

async function asSigningKey(key: CryptoKey, raw: Bytes): Promise<SigningKey> {
  const text = base64url(raw);
  return { private: key, public: text, fingerprint: await fingerprint(text) };
}

async function rawPublic(key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", key));
}

/** The RFC 7638 thumbprint of a public key in base64url: what a key, or a door, is known by. */
export async function fingerprint(publicKey: string): Promise<string> {
  return base64url(await sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${publicKey}"}`)));
}

export async function signature(key: SigningKey, text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.sign("Ed25519", key.private, utf8(text))));
}

export interface Token {
  /** The command's id, by which its answer is known. */
  id: string;
  text: string;
  expires_s: number;
}

/** Between which times, in seconds by the door's clock, a command is good. */
export interface Validity {
  from_s: number;
  until_s: number;
}

/** A command for the door of that identity: a JSON Web Token in JWS compact form. */
export async function signedCommand(
  key: SigningKey,
  identity: string,
  cmd: string,
  args: Record<string, unknown>,
  { from_s, until_s }: Validity,
): Promise<Token> {
  const id = newId();
  const claims = {
    aud: identity,
    iat: Math.round(from_s * 1000) / 1000,
    exp: Math.round(until_s * 1000) / 1000,
    jti: id,
    cmd,
    args,
  };
  const header = { alg: "EdDSA", kid: key.fingerprint };
  const signed = `${part(header)}.${part(claims)}`;
  return { id, text: `${signed}.${await signature(key, signed)}`, expires_s: until_s };
}

function newId(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(24)));
}

function part(value: unknown): string {
  return base64url(utf8(JSON.stringify(value)));
}

const BEFORE = ', "signature": "';
const COMPACT = /^([A-Za-z0-9_-]{1,160})\.\.([A-Za-z0-9_-]{86})$/;

/** The message, parsed, that the door of `publicKey` has signed as `kind`; null if it has not.
 *
 * Only what is returned may be believed: it is what was signed, without what came around it.
 */
export async function verified<T>(kind: string, message: string, publicKey: string): Promise<T | null> {
  const start = message.lastIndexOf(BEFORE);
  if (start <= 0 || !message.endsWith('"}')) return null;
  const found = COMPACT.exec(message.slice(start + BEFORE.length, -2));
  const [, header, signed] = found ?? [];
  if (!header || !signed) return null;
  const expected = part({ alg: "EdDSA", kid: await fingerprint(publicKey), typ: `facedoor-${kind}` });
  if (header !== expected) return null;
  const body = `${message.slice(0, start)}}`;
  try {
    const key = await crypto.subtle.importKey("raw", fromBase64url(publicKey), "Ed25519", false, ["verify"]);
    const input = utf8(`${header}.${base64url(utf8(body))}`);
    const isGood = await crypto.subtle.verify("Ed25519", key, fromBase64url(signed), input);
    return isGood ? (JSON.parse(body) as T) : null;
  } catch {
    return null; // a key or a text that is none
  }
}
