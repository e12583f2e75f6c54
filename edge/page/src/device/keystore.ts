/** The device's key and the doors that it knows, in IndexedDB: nothing else is kept of them. */

import type { Role } from "../wire.ts";
import type { SigningKey } from "./signing.ts";

/** A door as its invitation named it: `public_key` is pinned, whatever a server says later. */
export interface KnownDoor {
  name: string;
  public_key: string;
  identity: string;
  role: Role;
}

export interface Device {
  key: SigningKey;
  name: string;
  made_at: string;
  doors: readonly KnownDoor[];
}

const DATABASE = "facedoor";
const SHELF = "device";
const RECORD = "this";

export async function readDevice(): Promise<Device | null> {
  return (await within("readonly", (shelf) => shelf.get(RECORD))) ?? null;
}

export async function writeDevice(device: Device): Promise<void> {
  await within("readwrite", (shelf) => shelf.put(device, RECORD));
}

export async function eraseDevice(): Promise<void> {
  await within("readwrite", (shelf) => shelf.delete(RECORD));
}

async function within<T>(
  mode: IDBTransactionMode,
  act: (shelf: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await opened();
  try {
    const transaction = database.transaction(SHELF, mode);
    const asked = act(transaction.objectStore(SHELF));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    return asked.result;
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(SHELF);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
