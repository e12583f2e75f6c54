/** Around every page: the rail or the tabs, the state of the link, and the banners. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useLive, useNeeds } from "../live.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon, type IconName, Mark } from "../parts/icon.tsx";
import { Link, useRoute } from "../router.tsx";
import { say, type Word } from "../words/words.ts";
import { Banners } from "./banners.tsx";
import { Welcome } from "./welcome.tsx";

type Place = readonly [path: string, icon: IconName, word: Word];

const PLACES: readonly Place[] = [
  ["/", "now", "nav.now"],
  ["/visits", "visits", "nav.visits"],
  ["/people", "people", "nav.people"],
  ["/access", "access", "nav.access"],
  ["/doors", "doors", "nav.doors"],
  ["/journal", "journal", "nav.journal"],
  ["/devices", "devices", "nav.devices"],
];
const SETTINGS: Place = ["/settings", "settings", "nav.settings"];
const TABS = PLACES.slice(0, 3);

export function Frame({ children }: { children: ComponentChildren }) {
  const { path, parts } = useRoute();
  const phase = useLive((state) => state.phase);
  const isPublic = parts[0] === "join" || parts[0] === "settings";
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={toMain}>
        {say("nav.skip")}
      </a>
      <TopBar />
      <nav class="rail" aria-label={say("nav.label")}>
        <Brand />
        <ul>
          {PLACES.map((place) => (
            <PlaceLink key={place[0]} place={place} path={path} />
          ))}
        </ul>
        <div class="bottom">
          <ul>
            <PlaceLink place={SETTINGS} path={path} />
          </ul>
          <LinkState />
        </div>
      </nav>
      <main class="main" id="main" tabIndex={-1}>
        <Banners />
        {phase === "signed_out" && !isPublic ? <Welcome /> : children}
      </main>
      <Tabs key={path} path={path} />
    </div>
  );
}

function toMain(event: MouseEvent) {
  event.preventDefault();
  document.querySelector<HTMLElement>("main h1")?.focus();
}

function Brand() {
  return (
    <Link href="/" class="brand">
      <Mark />
      facedoor
    </Link>
  );
}

function isCurrent(at: string, path: string): boolean {
  return at === "/" ? path === "/" : path === at || path.startsWith(`${at}/`);
}

function PlaceLink({ place: [at, icon, word], path }: { place: Place; path: string }) {
  const needs = useNeeds().length;
  return (
    <li>
      <Link href={at} current={isCurrent(at, path)}>
        <Icon name={icon} />
        {say(word)}
        {at === "/" && needs > 0 && (
          <span class="count numbers" title={`${say("now.needs")}: ${needs}`}>
            {needs}
          </span>
        )}
      </Link>
    </li>
  );
}

/** Whether what one sees is so now. */
function LinkState() {
  const link = useLive((state) => state.link);
  const isBrokerThere = useLive((state) => state.broker.connected);
  if (link === "live" && !isBrokerThere) return <div class="link lost">{say("link.broker")}</div>;
  return <div class={`link ${link}`}>{say(`link.${link}`)}</div>;
}

function TopBar() {
  return (
    <header class="topbar">
      <Brand />
      <LinkState />
    </header>
  );
}

function Tabs({ path }: { path: string }) {
  const [isOpen, setOpen] = useState(false);
  const isElsewhere = !TABS.some(([at]) => isCurrent(at, path));
  return (
    <nav class="tabs" aria-label={say("nav.label")}>
      {TABS.map(([at, icon, word]) => (
        <Link key={at} href={at} current={isCurrent(at, path)}>
          <Icon name={icon} size={22} />
          {say(word)}
        </Link>
      ))}
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={isOpen || undefined}
        class={isElsewhere ? "elsewhere" : undefined}
        onClick={() => setOpen(true)}
      >
        <Icon name="more" size={22} />
        {say("nav.more")}
      </button>
      {isOpen && (
        <Dialog title={say("nav.more")} onClose={() => setOpen(false)}>
          <ul class="more">
            {[...PLACES.slice(TABS.length), SETTINGS].map((place) => (
              <PlaceLink key={place[0]} place={place} path={path} />
            ))}
          </ul>
        </Dialog>
      )}
    </nav>
  );
}
