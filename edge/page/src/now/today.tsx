/** Today in one line of bars: how many came in and were refused, by the hour. */

import { useLive } from "../live.ts";
import { Card } from "../parts/card.tsx";
import type { Visit } from "../wire.ts";
import { say, sayCount } from "../words/words.ts";
import { now_s } from "../clock.ts";

interface Hour {
  came: number;
  refused: number;
}

/** By the hour of this device's zone, since its midnight. Visits stand newest first. */
export function hoursOf(visits: readonly Visit[], now: Date): Hour[] {
  const hours = Array.from({ length: 24 }, () => ({ came: 0, refused: 0 }));
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const from = midnight.toISOString();
  for (const { began, outcome } of visits) {
    if (began < from) break;
    const hour = hours[new Date(began).getHours()] as Hour;
    if (outcome === "came_in") hour.came += 1;
    else hour.refused += 1;
  }
  return hours;
}

const HEIGHT = 64;
const WIDTH = 240;
const STEP = WIDTH / 24;

export function Today() {
  const visits = useLive((state) => state.visits);
  const now = new Date(now_s() * 1000);
  const hours = hoursOf(visits, now);
  const most = Math.max(4, ...hours.map(({ came, refused }) => came + refused));
  const came = hours.reduce((sum, hour) => sum + hour.came, 0);
  const refused = hours.reduce((sum, hour) => sum + hour.refused, 0);
  const total = came + refused;
  const title = total ? sayCount("now.today", total) : say("now.today.none");
  return (
    <Card title={say("now.today")} class="today" aside={<span class="muted small numbers">{title}</span>}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title} preserveAspectRatio="none">
        <rect class="now" x={now.getHours() * STEP} y="0" width={STEP} height={HEIGHT} rx="2" />
        {hours.map((hour, n) => (
          <Bar key={n} hour={hour} n={n} most={most} />
        ))}
      </svg>
      <div class="axis muted numbers" aria-hidden="true">
        {[0, 6, 12, 18, 24].map((hour) => (
          <span key={hour}>{hour}</span>
        ))}
      </div>
      <p class="legend small">
        <span class="came numbers">
          {came} {say("now.today.came")}
        </span>
        <span class="refused numbers">
          {refused} {say("now.today.refused")}
        </span>
      </p>
    </Card>
  );
}

function Bar({ hour: { came, refused }, n, most }: { hour: Hour; n: number; most: number }) {
  const x = n * STEP + 1;
  const width = STEP - 2;
  if (!came && !refused) return <rect class="none" x={x} y={HEIGHT - 2} width={width} height="2" rx="1" />;
  const [up, more] = [(came / most) * HEIGHT, (refused / most) * HEIGHT];
  return (
    <g>
      <title>{say("now.today.hour", { from: `${n}:00`, to: `${n + 1}:00`, came, refused })}</title>
      {came > 0 && <rect class="came" x={x} y={HEIGHT - up} width={width} height={up} rx="1.5" />}
      {refused > 0 && <rect class="refused" x={x} y={HEIGHT - up - more} width={width} height={Math.max(0, more - 1)} rx="1.5" />}
    </g>
  );
}
