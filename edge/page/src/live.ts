/** What the doors say, as it happens: all pages draw from this one store. */

import { useMemo } from "preact/hooks";
import { ApiFailure } from "./api.ts";
import { clock, doorClocks } from "./clock.ts";
import { hearResult } from "./device/commands.ts";
import { forgetEveryPicture, forgetPictures } from "./device/pictures.ts";
import { call, loadDevice, me, signIn } from "./device/session.ts";
import { tellForgotten, unovertaken } from "./live/forgotten.ts";
import { type Event, readStream } from "./live/stream.ts";
import { hearTabs, type Link, tellTabs, whoeverLeads } from "./live/tabs.ts";
import { MOST_VISITS, merged, withoutNames } from "./live/visits.ts";
import { Store, useStore } from "./store.ts";
import type { Broker, Door, Entry, Forgotten, Need, State, StoreTrouble, StreamEvents, Visit, VisitsAnswer } from "./wire.ts";

export { onForgotten } from "./live/forgotten.ts";

export interface Live {
  /** `signed_out`: the server tells this browser nothing. */
  phase: "loading" | "ready" | "signed_out";
  link: Link;
  /** When the server was last heard, by this device's clock in ms. */
  heard_ms: number;
  seq: number;
  broker: Broker;
  store: StoreTrouble;
  /** By name. */
  doors: readonly Door[];
  /** Newest first. */
  visits: readonly Visit[];
  /** All visits that the server has are here, or as many as the page takes. */
  isComplete: boolean;
  needs: readonly Need[];
  /** Heard since the page was opened, newest first. */
  entries: readonly Entry[];
}

export const live = new Store<Live>({
  phase: "loading",
  link: "connecting",
  heard_ms: Date.now(),
  seq: 0,
  broker: { connected: true, since: null },
  store: null,
  doors: [],
  visits: [],
  isComplete: false,
  needs: [],
  entries: [],
});

export function useLive<R>(select: (value: Live) => R): R {
  return useStore(live, select);
}

/** What somebody should look after. That a door is away, the banner says already. */
export function useNeeds(): readonly Need[] {
  const needs = useLive((state) => state.needs);
  return useMemo(() => needs.filter(({ kind }) => kind !== "offline"), [needs]);
}

export function useDoor(name: string): Door | undefined {
  return useLive((state) => state.doors.find((door) => door.name === name));
}

const MOST_ENTRIES = 500;
const AT_ONCE = 1000;
const GATHER_MS = 80;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Begins once, when the page is opened. */
export async function start(): Promise<void> {
  hearTabs((word) => {
    if (word.what === "events") hear(word.events);
    else if (word.what === "link") setLink(word.link);
    else if (word.what === "device") location.reload();
    else if (word.seq > reached() && live.value.phase === "ready") beginAnew();
  });
  await loadDevice();
  await load();
  whoeverLeads(lead);
}

/** Some of what happened was missed: who was forgotten meanwhile may be among what is here. */
function beginAnew(): void {
  forgetEveryPicture();
  live.patch({ entries: [] });
  tellForgotten(null);
  void load();
}

let loading = 0;

/** Asks for everything, until there is an answer; what is heard meanwhile comes after it. */
export async function load(): Promise<void> {
  loading += 1;
  for (let tries = 0; ; tries += 1) {
    try {
      const state = await call<State>("GET", "/api/state");
      take(state);
      loading -= 1;
      apply();
      if (!Object.keys(me.value.doors).length && me.value.device) void signIn().catch(() => false);
      void loadOlder(state.more);
      return;
    } catch (error) {
      if (error instanceof ApiFailure && [401, 403].includes(error.status)) {
        loading -= 1;
        live.patch({ phase: "signed_out", link: "live" });
        return;
      }
      live.patch({ link: "lost" });
      await pause(AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)] ?? 8000);
    }
  }
}

function take(state: State): void {
  clock.offset_s = state.now_s - Date.now() / 1000;
  state.doors.forEach(noteClock);
  live.patch({
    phase: "ready",
    link: "live",
    heard_ms: Date.now(),
    seq: state.seq,
    broker: state.broker,
    store: state.store ?? null,
    doors: sorted(state.doors),
    visits: state.visits,
    isComplete: state.more === null,
    needs: state.needs,
  });
}

const sorted = (doors: readonly Door[]) =>
  [...doors].sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));

function noteClock(door: Door): void {
  if (door.clock_offset_s !== null) doorClocks.set(door.name, door.clock_offset_s);
}

/** In the background, a thousand at a time, so that no page waits for it. */
async function loadOlder(from: string | null): Promise<void> {
  for (let more = from; more && live.value.visits.length < MOST_VISITS; ) {
    await pause(50);
    const path = `/api/visits?before=${encodeURIComponent(more)}&limit=${AT_ONCE}`;
    const answer = await unovertaken(() => call<VisitsAnswer>("GET", path)).catch(() => null);
    if (!answer) return;
    live.patch({ visits: merged(live.value.visits, answer.visits) });
    more = answer.more;
  }
  live.patch({ isComplete: true });
}

async function lead(): Promise<never> {
  for (let tries = 0; ; tries += 1) {
    await untilReady();
    const heard = (events: Event[]) => {
      tries = 0;
      setLink("live");
      hear(events);
      if (events.length) tellTabs({ what: "events", events });
      tellTabs({ what: "link", link: "live" });
      tellTabs({ what: "at", seq: reached() });
    };
    const failure = await readStream("/api/stream", live.value.seq, heard).catch(
      (error: ApiFailure) => error,
    );
    if (failure?.status === 401) {
      if (!(await signIn().catch(() => true))) live.patch({ phase: "signed_out" });
    } else {
      setLink("lost");
      tellTabs({ what: "link", link: "lost" });
    }
    await pause(AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)] ?? 8000);
  }
}

/** Whoever is signed out has no stream; joining makes one ready. */
function untilReady(): Promise<void> {
  return new Promise((resolve) => {
    const end = live.subscribe(look);
    function look() {
      if (live.value.phase !== "ready") return;
      end();
      resolve();
    }
    look();
  });
}

function setLink(link: Link): void {
  live.patch(link === "live" ? { link, heard_ms: Date.now() } : { link });
}

let waiting: Event[] = [];

/** Up to where this tab has heard, also of what it has not drawn yet. */
function reached(): number {
  return Math.max(live.value.seq, ...waiting.map(({ seq }) => seq ?? 0));
}

/** Results go at once; the rest is gathered, so that ten events a second are few drawings. */
function hear(events: readonly Event[]): void {
  for (const event of events) {
    if (event.event === "result") {
      const { door, message } = JSON.parse(event.data) as StreamEvents["result"];
      void hearResult(door, message);
    } else {
      if (!waiting.length) setTimeout(apply, GATHER_MS);
      waiting.push(event);
    }
  }
}

function apply(): void {
  if (loading) return;
  const events = waiting;
  waiting = [];
  const before = live.value;
  if (events.some(({ event }) => event === "reset")) {
    beginAnew();
    return;
  }
  const doors = new Map(before.doors.map((door) => [door.name, door]));
  const visits: Visit[] = [];
  const entries: Entry[] = [];
  const after: Partial<Live> = { heard_ms: Date.now(), seq: before.seq };
  const forgotten: Forgotten[] = [];
  for (const { event, seq, data } of events) {
    // Heard before, by another way; but what a door answered may still have whom it has forgotten.
    if (seq !== null && seq <= (after.seq ?? 0) && event !== "forgotten") continue;
    if (seq !== null) after.seq = Math.max(seq, after.seq ?? 0);
    const said: unknown = JSON.parse(data);
    if (event === "door") {
      noteClock(said as Door);
      doors.set((said as Door).name, said as Door);
      after.doors = sorted([...doors.values()]);
    } else if (event === "visit") visits.push(said as Visit);
    else if (event === "entry") entries.unshift(said as Entry);
    else if (event === "needs") after.needs = said as Need[];
    else if (event === "broker") after.broker = said as Broker;
    else if (event === "store") after.store = said as StoreTrouble;
    else if (event === "forgotten") forgotten.push(said as Forgotten);
  }
  if (visits.length) after.visits = merged(before.visits, visits);
  if (entries.length) after.entries = [...entries, ...before.entries].slice(0, MOST_ENTRIES);
  for (const what of forgotten) Object.assign(after, erased({ ...before, ...after }, what));
  live.patch(after);
  for (const { door } of forgotten) tellForgotten(door);
}

/** The state without what a door has forgotten: names and pictures leave this page's memory too. */
function erased(state: Live, { door, visits, entries }: Forgotten): Partial<Live> {
  forgetPictures(door, visits);
  const ids = new Set(visits);
  const numbers = new Set(entries.map(String));
  return {
    visits: state.visits.map((visit) =>
      visit.door === door && ids.has(visit.id) ? withoutNames(visit) : visit,
    ),
    entries: state.entries.map((entry) =>
      entry.door === door && numbers.has(entry.id.split("-").at(-1) ?? "")
        ? { ...entry, payload: { ...entry.payload, person: null, nearest: null } }
        : entry,
    ),
  };
}
