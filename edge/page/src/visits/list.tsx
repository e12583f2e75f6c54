/** The list of visits: it scrolls with the page, and only the rows in view are nodes. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Visit } from "../wire.ts";
import { say } from "../words/words.ts";
import { DayHeading } from "./day.tsx";
import { VisitRow } from "./row.tsx";
import { dayOver, inView, rowAt, type Rows, rowsOf, scrollTo } from "./rows.ts";

const HEIGHTS = { visitPx: 72, dayPx: 44 };
/** Drawn above and below what is in view, so that a quick flick finds something. */
const BEYOND_PX = 216;
/** After so long without scrolling the rows in view rest. */
const REST_MS = 180;
/** Where the list was, for whoever comes back to it from a visit. */
const kept = { topPx: 0, isLeaving: false };

interface VisitListProps {
  visits: readonly Visit[];
  current: string | null;
  /** The one that j and k move, if any. */
  active: string | null;
  seen: ReadonlySet<string>;
  showDoor: boolean;
  hrefOf: (visit: Visit) => string;
  /** Opening one leaves the list, to which one comes back. */
  isLeft: boolean;
  onOpen: (visit: Visit) => void;
  onActive: (visit: Visit) => void;
  /** Whether the list is at its top. */
  onTop: (isAtTop: boolean) => void;
}

export function VisitList(props: VisitListProps) {
  const { visits, current, active, seen, showDoor, hrefOf, onActive, onTop } = props;
  const open = (visit: Visit) => {
    kept.isLeaving = props.isLeft; // before the page is scrolled to the top of the next one
    props.onOpen(visit);
  };
  const list = useRef<HTMLOListElement>(null);
  const { topPx, heightPx, isResting } = useView(list, onTop);
  const rows = useMemo(() => rowsOf(visits, HEIGHTS), [visits]);
  const drawn = inView(rows, topPx - BEYOND_PX, topPx + heightPx + BEYOND_PX);
  useActive(list, rows, active, heightPx);
  const first = drawn.find(({ visit }) => visit);
  const hasActive = drawn.some(({ visit }) => visit && visit.id === active);
  const day = topPx > 0 ? dayOver(rows, topPx) : null;
  return (
    <div class="visit-list">
      {day && (
        <div class="stays" aria-hidden="true">
          <DayHeading day={day} />
        </div>
      )}
      <ol
        ref={list}
        aria-label={say("visits.list")}
        style={{ height: `${rows.heightPx}px` }}
      >
        {drawn.map((row) =>
          row.visit ? (
            <VisitRow
              key={row.visit.id}
              visit={row.visit}
              topPx={row.topPx}
              place={row.place}
              count={visits.length}
              isCurrent={row.visit.id === current}
              isSeen={seen.has(row.visit.id)}
              showDoor={showDoor}
              isResting={isResting}
              isTabStop={hasActive ? row.visit.id === active : row === first}
              href={hrefOf(row.visit)}
              onOpen={open}
              onFocus={onActive}
            />
          ) : (
            <li key={row.day} class="day" style={{ top: `${row.topPx}px` }}>
              <DayHeading day={row.day} />
            </li>
          ),
        )}
      </ol>
    </div>
  );
}

interface View {
  /** Of the list, where it is cut by the window's top or by what lies over it. */
  topPx: number;
  heightPx: number;
  isResting: boolean;
}

/** What of the list is in view, drawn anew in the frame in which it is scrolled. */
function useView(list: { current: HTMLElement | null }, onTop: (isAtTop: boolean) => void): View {
  const [view, setView] = useState<View>({ topPx: 0, heightPx: innerHeight, isResting: true });
  const told = useRef(onTop);
  told.current = onTop;
  useLayoutEffect(() => {
    kept.isLeaving = false;
    if (kept.topPx > 0) scrollBy(0, kept.topPx - topOf(list.current));
    let rest = 0;
    let frame = 0;
    const measure = () => {
      frame = 0;
      const topPx = topOf(list.current);
      if (!kept.isLeaving) kept.topPx = Math.max(0, topPx);
      told.current(topPx <= 4);
      setView((before) => {
        const isSame = before.topPx === topPx && before.heightPx === innerHeight;
        return isSame ? before : { topPx, heightPx: innerHeight, isResting: false };
      });
      clearTimeout(rest);
      rest = setTimeout(() => setView((before) => ({ ...before, isResting: true })), REST_MS);
    };
    const soon = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon, { passive: true });
    return () => {
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
      cancelAnimationFrame(frame);
      clearTimeout(rest);
    };
  }, []);
  return view;
}

/** How much of the list lies above the window, under the bar of a phone. */
function topOf(list: HTMLElement | null): number {
  if (!list) return 0;
  const style = getComputedStyle(list);
  return Math.round(Number.parseFloat(style.scrollMarginTop || "0") - list.getBoundingClientRect().top);
}

/** Scrolls to the active row and gives it the focus, when it has changed by a key. */
function useActive(
  list: { current: HTMLElement | null },
  rows: Rows,
  active: string | null,
  heightPx: number,
): void {
  const known = useRef(active);
  useEffect(() => {
    if (active === known.current) return;
    known.current = active;
    const row = rowAt(rows, rows.visits.findIndex(({ id }) => id === active));
    if (!row || !list.current) return;
    const topPx = topOf(list.current);
    const target = scrollTo(row, topPx, heightPx, HEIGHTS.dayPx);
    if (target !== null) scrollBy(0, target - topPx);
    const focus = () => {
      const link = list.current?.querySelector<HTMLElement>(`[data-visit="${CSS.escape(active ?? "")}"]`);
      link?.focus({ preventScroll: true });
    };
    // It may be drawn only after the scrolling.
    focus();
    requestAnimationFrame(() => requestAnimationFrame(focus));
  }, [active, rows, heightPx]);
}
