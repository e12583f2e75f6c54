/** What everybody has to know before they act: no link, no broker, doors away, clocks, http. */

import { CLOCKS_DIFFER_S, clock } from "../clock.ts";
import { useMe } from "../device.ts";
import { useLive } from "../live.ts";
import { Banner } from "../parts/banner.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { useRoute } from "../router.tsx";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";

/** The first facedoor that tells of visits and takes invitations. */
const FIRST_VERSION = [0, 1] as const;

export function Banners() {
  const link = useLive((state) => state.link);
  const phase = useLive((state) => state.phase);
  const broker = useLive((state) => state.broker);
  const store = useLive((state) => state.store);
  const heard_ms = useLive((state) => (state.link === "lost" ? state.heard_ms : 0));
  const { phase: mine, https_url, device } = useMe();
  const { parts } = useRoute();
  return (
    <div class="banners">
      {link === "lost" && (
        <Banner tone="bad">
          <Say of="banner.dashboard_gone" time={<Time at={new Date(heard_ms).toISOString()} how="time" />} />
        </Banner>
      )}
      {link === "live" && phase === "ready" && !broker.connected && (
        <Banner tone="bad">{say("banner.broker_gone")}</Banner>
      )}
      {link === "live" && phase === "ready" && store && <Banner tone="bad">{say(`banner.store.${store}`)}</Banner>}
      {mine === "insecure" && <HttpBanner https_url={https_url} />}
      {mine === "no_crypto" && <Banner tone="warn">{say("banner.no_crypto")}</Banner>}
      {mine === "unknown" && phase === "ready" && parts[0] !== "join" && (
        <Banner>{say("banner.read_only")}</Banner>
      )}
      {device && phase === "ready" && Math.abs(clock.offset_s) > CLOCKS_DIFFER_S && (
        <Banner>{say("banner.own_clock", { seconds: Math.round(Math.abs(clock.offset_s)) })}</Banner>
      )}
      {phase === "ready" && <DoorBanners />}
    </div>
  );
}

function HttpBanner({ https_url }: { https_url: string | null }) {
  return (
    <Banner
      tone="warn"
      action={
        https_url && (
          <span class="row wraps">
            <a class="button" href={https_url}>
              {say("banner.http.go", { address: https_url })}
            </a>
            <a class="button plain" href="/install">
              {say("banner.http.how")}
            </a>
          </span>
        )
      }
    >
      {say("banner.http")}
    </Banner>
  );
}

function DoorBanners() {
  const doors = useLive((state) => state.doors);
  const away = doors.filter((door) => !door.online);
  const [first] = away;
  return (
    <>
      {first && away.length === 1 && (
        <Banner tone="warn">
          <Say of="banner.door_offline" door={<Name of={first.name} />} />
        </Banner>
      )}
      {away.length > 1 && <Banner tone="warn">{say("banner.doors_offline", { count: away.length })}</Banner>}
      {doors.filter(({ is_stranger }) => is_stranger).map((door) => (
        <Banner key={door.name} tone="bad">
          <Say of="banner.stranger" door={<Name of={door.name} />} />
        </Banner>
      ))}
      {doors.filter(hasOtherClock).slice(0, 2).map((door) => (
        <Banner key={door.name} tone="warn">
          <Say
            of="banner.clock"
            door={<Name of={door.name} />}
            seconds={Math.round(Math.abs(door.clock_offset_s ?? 0))}
          />
        </Banner>
      ))}
      {doors.filter(isOld).slice(0, 2).map((door) => (
        <Banner key={door.name}>
          <Say of="banner.old_door" door={<Name of={door.name} />} version={door.version} />
        </Banner>
      ))}
    </>
  );
}

function hasOtherClock(door: Door): boolean {
  return door.online && Math.abs(door.clock_offset_s ?? 0) > CLOCKS_DIFFER_S;
}

function isOld({ version }: Door): boolean {
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  return version !== null && (major < FIRST_VERSION[0] || (major === FIRST_VERSION[0] && minor < FIRST_VERSION[1]));
}
