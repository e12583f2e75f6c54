/** Which door a page is about, where there are several: in the address, else the first of one's own. */

import { useMe } from "../device.ts";
import { useLive } from "../live.ts";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Select } from "../parts/field.tsx";
import { navigate, useRoute } from "../router.tsx";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";

export function useWhichDoor(): Door | undefined {
  const doors = useLive((state) => state.doors);
  const { device } = useMe();
  const wanted = useRoute().query.get("door");
  const own = device?.doors.map(({ name }) => name) ?? [];
  const find = (test: (door: Door) => boolean) => doors.find(test);
  return (
    find(({ name }) => name === wanted) ??
    find(({ name, online }) => online && own.includes(name)) ??
    find(({ name }) => own.includes(name)) ??
    doors[0]
  );
}

export function WhichDoor({ door }: { door: Door }) {
  const doors = useLive((state) => state.doors);
  const { path, query } = useRoute();
  if (doors.length < 2) return null;
  return (
    <Select
      label={say("people.at")}
      quiet
      value={door.name}
      options={doors.map(({ name }) => [name, name] as const)}
      onChange={(name) => {
        const said = new URLSearchParams(query);
        said.set("door", name);
        navigate(`${path}?${said}`, { replace: true });
      }}
    />
  );
}

export function NoDoors() {
  return (
    <Card>
      <Empty icon="doors" title={say("doors.empty")}>
        {say("doors.empty.text")}
      </Empty>
    </Card>
  );
}
