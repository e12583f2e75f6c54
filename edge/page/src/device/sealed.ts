/** Opens pictures that a door has sealed to this page: X25519, HKDF-SHA256, AES-256-GCM. */

import { base64url, type Bytes, fromBase64url, joined, utf8 } from "../bytes.ts";

export interface SealedPicture {
  visit: string;
  ephemeral: string;
  nonce: string;
  sealed: string;
}

interface Receiver {
  key: CryptoKey;
  public: Bytes;
}

let receiver: Promise<Receiver> | null = null;

/** The page's own key pair, made once and never kept beyond the page. */
function own(): Promise<Receiver> {
  receiver ??= (async () => {
    const pair = (await crypto.subtle.generateKey("X25519", false, ["deriveBits"])) as CryptoKeyPair;
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return { key: pair.privateKey, public: raw };
  })();
  return receiver;
}

/** What to give the door as `to`. */
export async function receiverKey(): Promise<string> {
  return base64url((await own()).public);
}

/** The JPEG. Throws for what was not sealed to this page, for this visit. */
export async function openPicture(picture: SealedPicture): Promise<Bytes> {
  const to = await own();
  const from = fromBase64url(picture.ephemeral);
  const theirs = await crypto.subtle.importKey("raw", from, "X25519", false, []);
  const secret = await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, to.key, 256);
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: joined(from, to.public), info: utf8("facedoor picture 1") },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["decrypt"],
  );
  const how = { name: "AES-GCM", iv: fromBase64url(picture.nonce), additionalData: utf8(picture.visit) };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, fromBase64url(picture.sealed)));
}
