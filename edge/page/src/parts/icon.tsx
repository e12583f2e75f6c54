/** Icons of our own, one stroke, on a field of 24. They never stand without a word beside them. */

const PATHS = {
  now: "M4 11.5 12 4l8 7.5M6 10v9h4.5v-5h3v5H18v-9",
  visits: "M3.5 12S6.5 6 12 6s8.5 6 8.5 6-3 6-8.5 6-8.5-6-8.5-6ZM12 14.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2Z",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 19.5c0-3.3 2.7-5.5 6-5.5s6 2.2 6 5.5M16 5a3.3 3.3 0 0 1 0 6.3M17.5 14.4c2.1.7 3.5 2.5 3.5 5.1",
  access: "M5 6.5h14V19H5zM5 10.5h14M9 4v4M15 4v4M9 14.5h2M13.5 14.5h2",
  doors: "M6.5 20V5.2c0-.7.5-1.2 1.2-1.2h8.6c.7 0 1.2.5 1.2 1.2V20M4 20h16M14 12v1.5",
  journal: "M6 4h10.5L19 6.5V20H6zM9 9.5h6.5M9 13h6.5M9 16.5h4",
  devices: "M8.2 3.5h7.6c.7 0 1.2.5 1.2 1.2v14.6c0 .7-.5 1.2-1.2 1.2H8.2c-.7 0-1.2-.5-1.2-1.2V4.7c0-.7.5-1.2 1.2-1.2ZM11 17.7h2",
  settings: "M4 7.5h9M17 7.5h3M4 16.5h3M11 16.5h9M15 9.7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM9 18.7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  more: "M5 7h14M5 12h14M5 17h14",
  locked: "M6.5 11h11v8.5h-11zM9 11V8a3 3 0 0 1 6 0v3",
  unlocked: "M6.5 11h11v8.5h-11zM9 11V8a3 3 0 0 1 5.8-1",
  warning: "M12 4.5 3.5 19h17zM12 10v4M12 16.4v.1",
  info: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 11.5V16M12 8.2v.1",
  check: "M5 12.5 10 17.5 19 7",
  cross: "M6 6l12 12M18 6 6 18",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20c0-4 3.4-6.2 7.5-6.2s7.5 2.2 7.5 6.2",
  offline: "M4 4l16 16M8.5 15.5a5 5 0 0 1 6-.9M5.5 12.2a9.5 9.5 0 0 1 4-2.4M13.5 9.4a9.5 9.5 0 0 1 5 2.8M12 19v.1",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.3 15.3 20 20",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z",
  key: "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 12h8v3M16.5 12v2.5",
  shield: "M12 3.5 5 6v6c0 4.3 3 7.3 7 8.5 4-1.2 7-4.2 7-8.5V6zM9 12l2.2 2.2L15.2 10",
  chevron: "M9.5 6 15.5 12 9.5 18",
  back: "M14.5 6 8.5 12 14.5 18",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of facedoor: as the icon of the app, see icons.mjs. */
export function Mark() {
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true">
      <rect width="64" height="64" rx="15" fill="#4b50e2" />
      <rect x="18" y="11" width="28" height="42" rx="5" fill="#fff" />
      <circle cx="32" cy="25" r="6.5" fill="#4b50e2" />
      <path d="M21.69 42A10.5 10.5 0 0 1 42.31 42Z" fill="#4b50e2" />
    </svg>
  );
}
