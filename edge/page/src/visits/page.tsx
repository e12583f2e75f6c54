/** Visits: who came. The list, and one visit beside it where there is room. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { live, onForgotten, useLive } from "../live.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { navigate, type PageArguments, path, useRoute } from "../router.tsx";
import { useStore } from "../store.ts";
import type { Visit } from "../wire.ts";
import { locale, say, sayCount } from "../words/words.ts";
import { EVERYTHING, type Filter, fromQuery, passing, toQuery } from "./filter.ts";
import { FilterBar } from "./filter_bar.tsx";
import { type Key, KeysDialog, useKeys } from "./keys.tsx";
import { VisitList } from "./list.tsx";
import { look, seen } from "./seen.ts";
import { VisitCard, VisitPage } from "./visit.tsx";
import { type Mark, markOf, split } from "./waiting.ts";
import { useWide } from "./wide.ts";

export function VisitsPage({ rest: id }: PageArguments) {
  const { query } = useRoute();
  const text = query.toString();
  const filter = useMemo(() => fromQuery(text), [text]);
  const isWide = useWide();
  const visits = useLive((state) => state.visits);
  useEffect(() => {
    if (id) look(id);
  }, [id]);
  if (id !== undefined && !isWide) return <VisitPage id={id} visits={visits} filter={filter} />;
  return <VisitsAndOne id={id ?? null} visits={visits} filter={filter} isWide={isWide} />;
}

interface VisitsAndOneProps {
  id: string | null;
  visits: readonly Visit[];
  filter: Filter;
  isWide: boolean;
}

function VisitsAndOne({ id, visits, filter, isWide }: VisitsAndOneProps) {
  const phase = useLive((state) => state.phase);
  const isComplete = useLive((state) => state.isComplete);
  const [mark, setMark] = useState<Mark | null>(null);
  const [active, setActive] = useState<string | null>(id);
  const [isHelping, setHelping] = useState(false);
  const opened = useStore(seen);
  const query = toQuery(filter);
  // What is opened now stays in a list of what nobody has looked at, until the list is asked for anew.
  const unopened = useMemo(() => seen.value, [query]);
  const found = useMemo(() => passing(visits, filter, unopened), [visits, filter, unopened]);
  const { shown, waiting } = useMemo(() => split(found, mark), [found, mark]);
  const choices = useChoices(visits);
  const hrefOf = (visit: Visit) => path("visits", visit.id) + query;
  const open = (visit: Visit) => {
    setActive(visit.id);
    // Beside the list it only fills the place: Back leaves the page, and nothing scrolls.
    navigate(hrefOf(visit), { replace: isWide });
  };
  const change = (wanted: Filter) => {
    setMark(null);
    navigate((id ? path("visits", id) : "/visits") + toQuery(wanted), { replace: true });
  };
  const changing = useRef(change);
  changing.current = change;
  const atTop = useRef(true);
  const top = (isAtTop: boolean) => {
    if (isAtTop !== atTop.current) setMark(isAtTop ? null : markOf(found));
    atTop.current = isAtTop;
  };
  const step = (by: number): boolean => {
    const from = shown.findIndex((visit) => visit.id === (active ?? id));
    const next = shown[from < 0 ? 0 : from + by];
    if (!next) return false;
    if (isWide) open(next);
    else setActive(next.id);
    return true;
  };
  const act: Record<Key, () => boolean> = {
    down: () => step(1),
    up: () => step(-1),
    open: () => {
      const visit = shown.find((each) => each.id === active);
      if (visit) open(visit);
      return visit !== undefined;
    },
    find: () => {
      const field = document.querySelector<HTMLInputElement>(".visit-filters input[type=search]");
      field?.focus();
      return field !== null;
    },
    back: () => {
      const isInField = document.activeElement instanceof HTMLInputElement;
      if (isInField) (document.activeElement as HTMLInputElement).blur();
      else if (id) navigate("/visits" + query, { replace: true });
      return isInField || id !== null;
    },
    help: () => {
      setHelping(true);
      return true;
    },
  };
  useKeys((key) => act[key]());

  const chosen = useMemo(() => visits.find((visit) => visit.id === id), [visits, id]);
  // The same node while nothing of them has changed: a visit that comes draws only its row.
  const beside = useMemo(() => chosen && <VisitCard key={chosen.id} visit={chosen} />, [chosen]);
  const filters = useMemo(
    () => <FilterBar filter={filter} {...choices} onChange={(wanted) => changing.current(wanted)} />,
    [filter, choices],
  );
  return (
    <Page title={say("visits.title")} text={<Count found={found.length} all={visits.length} isComplete={isComplete} />}>
      <div class={isWide ? "visits split" : "visits"}>
        <div class="stack">
          {filters}
          {waiting > 0 && (
            <div class="news" role="status">
              <Button
                kind="main"
                onClick={() => {
                  setMark(null);
                  atTop.current = true;
                  scrollTo(0, 0);
                }}
              >
                {sayCount("visits.new", waiting)}
              </Button>
            </div>
          )}
          {phase === "loading" ? (
            <Waiting />
          ) : shown.length ? (
            <VisitList
              visits={shown}
              current={id}
              active={active}
              seen={opened}
              showDoor={choices.doors.length > 1}
              hrefOf={hrefOf}
              isLeft={!isWide}
              onOpen={open}
              onActive={(visit) => setActive(visit.id)}
              onTop={top}
            />
          ) : (
            <Nothing isEmpty={!visits.length} onClear={() => change(EVERYTHING)} />
          )}
        </div>
        {isWide && (
          // A visit may have nothing to press: its own place can be scrolled by keyboard then.
          <aside class="beside" aria-label={say("visits.choose")} tabIndex={0}>
            {beside ?? (
              <Card>
                <Empty
                  icon="visits"
                  title={say(id === null ? "visits.choose" : "visit.missing")}
                  action={
                    <Button kind="plain" onClick={() => setHelping(true)}>
                      {say("visits.keys")}
                    </Button>
                  }
                >
                  {say(id === null ? "visits.choose.text" : "visit.missing.text")}
                </Empty>
              </Card>
            )}
          </aside>
        )}
      </div>
      {isHelping && <KeysDialog onClose={() => setHelping(false)} />}
    </Page>
  );
}

function Count({ found, all, isComplete }: { found: number; all: number; isComplete: boolean }) {
  const number = (count: number) => count.toLocaleString(locale());
  const words =
    found === all ? sayCount("visits.count", all) : say("visits.of", { shown: number(found), all: number(all) });
  return (
    <span class="numbers">
      {words}
      {!isComplete && ` · ${say("visits.loading_more")}`}
    </span>
  );
}

/** What can be chosen in the filter: whatever is there, looked up anew once a second at most. */
function useChoices(visits: readonly Visit[]) {
  const doors = useLive((state) => state.doors);
  const [settled, setSettled] = useSettled(visits);
  useEffect(() => onForgotten(() => setSettled(live.value.visits)), []);
  return useMemo(() => {
    const [people, reasons] = [new Set<string>(), new Set<string>()];
    for (const { person, reason } of settled) {
      if (person !== null) people.add(person);
      reasons.add(reason);
    }
    const sorted = (words: Iterable<string>) => [...words].sort((one, other) => one.localeCompare(other));
    return { doors: doors.map(({ name }) => name), people: sorted(people), reasons: sorted(reasons) };
  }, [settled, doors]);
}

const SETTLED_MS = 1000;

/** A value that follows another, but not more often than once a second. */
function useSettled<T>(value: T) {
  const [settled, setSettled] = useState(value);
  const latest = useRef(value);
  latest.current = value;
  const timer = useRef(0);
  useEffect(() => {
    if (value === settled || timer.current) return;
    timer.current = setTimeout(() => {
      timer.current = 0;
      setSettled(latest.current);
    }, SETTLED_MS);
  }, [value, settled]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [settled, setSettled] as const;
}

function Waiting() {
  return (
    <div class="visit-list" role="status" aria-label={say("loading")}>
      {Array.from({ length: 8 }, (_, place) => (
        <div key={place} class="visit-line ghost" />
      ))}
    </div>
  );
}

function Nothing({ isEmpty, onClear }: { isEmpty: boolean; onClear: () => void }) {
  return (
    <Card>
      {isEmpty ? (
        <Empty icon="visits" title={say("visits.empty")}>
          {say("visits.empty.text")}
        </Empty>
      ) : (
        <Empty
          icon="search"
          title={say("visits.none")}
          action={<Button onClick={onClear}>{say("visits.none.clear")}</Button>}
        >
          {say("visits.none.text")}
        </Empty>
      )}
    </Card>
  );
}
