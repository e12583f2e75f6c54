/** The week as a grid: a row for each day, drawn over with a pointer, opened by keyboard. */

import { useRef, useState } from "preact/hooks";
import { say } from "../words/words.ts";
import { dayName } from "./days.ts";
import { type Block, blocksOf, drawn, withInterval } from "./grid.ts";
import { clock, DAY_MINUTES, HOLIDAYS, type Interval, ordered, type Week } from "./schedule.ts";

const DAYS = [0, 1, 2, 3, 4, 5, 6, HOLIDAYS];
const TICKS = [0, 6, 12, 18, 24];
/** A press that moves less than that is no drawing. */
const DRAWN_PX = 8;

interface WeekGridProps {
  week: Week;
  /** Absent: it is only shown. */
  onChange?: (week: Week) => void;
  onDay: (day: number) => void;
}

export function WeekGrid({ week, onChange, onDay }: WeekGridProps) {
  return (
    <div class="week">
      <div class="hours-scale" aria-hidden="true">
        {TICKS.map((hour) => (
          <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
            {hour}
          </span>
        ))}
      </div>
      <ul>
        {DAYS.map((day) => (
          <li key={day} class={day === HOLIDAYS ? "of-holidays" : undefined}>
            <button
              type="button"
              class="day-name"
              onClick={() => onDay(day)}
            >
              {day === HOLIDAYS ? say("hours.holidays") : dayName(day, "short")}
              <span class="hidden">{inWords(week, day)}</span>
            </button>
            <Track
              blocks={blocksOf(week, day)}
              onDay={() => onDay(day)}
              onDrawn={onChange && ((interval) => onChange(withInterval(week, day, interval)))}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

export function inWords(week: Week, day: number): string {
  const own = ordered(week[day] ?? []).map(
    ({ start, end }) => `${clock(start)} – ${clock(end)}`,
  );
  const tails = blocksOf(week, day)
    .filter(({ isTail }) => isTail)
    .map(({ endMinute }) => say("hours.day.from", { end: clock(endMinute) }));
  return [...tails, ...own].join(", ") || say("hours.day.shut");
}

interface TrackProps {
  blocks: readonly Block[];
  onDay: () => void;
  onDrawn: ((interval: Interval) => void) | undefined;
}

function Track({ blocks, onDay, onDrawn }: TrackProps) {
  const track = useRef<HTMLDivElement>(null);
  const from = useRef<number | null>(null);
  const [drawing, setDrawing] = useState<Interval | null>(null);
  const share = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    return box ? (event.clientX - box.left) / box.width : 0;
  };
  const down = (event: PointerEvent) => {
    if (event.button || !onDrawn) return;
    from.current = event.clientX;
    track.current?.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (from.current === null || !box) return;
    const isDrawn = drawing !== null || Math.abs(event.clientX - from.current) >= DRAWN_PX;
    if (isDrawn) setDrawing(drawn((from.current - box.left) / box.width, share(event)));
  };
  const up = () => {
    if (drawing) onDrawn?.(drawing);
    else if (from.current !== null) onDay();
    from.current = null;
    setDrawing(null);
  };
  const cancel = () => {
    from.current = null;
    setDrawing(null);
  };
  return (
    <div
      ref={track}
      class={onDrawn ? "track can-draw" : "track"}
      aria-hidden="true"
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={cancel}
      onClick={() => !onDrawn && onDay()}
    >
      {blocks.map((block) => (
        <span
          key={`${block.day} ${block.place} ${block.isTail}`}
          class={block.isTail ? "block tail" : "block"}
          style={placed(block.startMinute, block.endMinute)}
          title={`${clock(block.startMinute)} – ${clock(block.endMinute)}`}
        />
      ))}
      {drawing && (
        <span class="block drawing" style={placed(drawing.start, drawing.end)}>
          {clock(drawing.start)} – {clock(drawing.end)}
        </span>
      )}
    </div>
  );
}

function placed(start: number, end: number): { left: string; width: string } {
  return {
    left: `${(start / DAY_MINUTES) * 100}%`,
    width: `${((end - start) / DAY_MINUTES) * 100}%`,
  };
}
