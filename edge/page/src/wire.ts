/** What the dashboard's server says over HTTP and its stream, and what doors answer. */

/** RFC 3339, UTC. */
export type Moment = string;

export type Role = "viewer" | "enroller" | "operator" | "admin";
export type Mode = "normal" | "face_off" | "lockdown";
export type Severity = "error" | "warning";

export interface Problem {
  code: string;
  severity: Severity;
  sentence: string;
  since: Moment;
  about: string;
  /** Those of the sentence; an older door tells none. */
  figures?: Record<string, number>;
}

export interface DoorState {
  lock: "locked" | "released";
  contact: "open" | "closed" | null;
  /** That of the door as a whole, such as `forced`. */
  state: string;
  tamper: boolean;
  since: Moment;
  mode: Mode;
}

export interface Telemetry {
  time?: Moment;
  fps?: number | null;
  cpu_percent?: number | null;
  memory_mb?: number | null;
  temperature_c?: number | null;
  disk_free_mb?: number | null;
  queues?: Record<string, number>;
  problems?: string[];
  [more: string]: unknown;
}

export interface Door {
  name: string;
  /** RFC 7638 thumbprint of `public_key`, as this server pinned it; the page pins its own. */
  identity: string;
  public_key: string;
  online: boolean;
  since: Moment | null;
  seen: Moment | null;
  version: string | null;
  problems: Problem[];
  state: DoorState | null;
  telemetry: Telemetry | null;
  people: number | null;
  /** The door's clock minus the server's. */
  clock_offset_s: number | null;
  /** Another key speaks under its name. */
  is_stranger: boolean;
  history_from: Moment | null;
}

export interface View {
  brightness: number;
  sharpness: number;
  face_px: number;
  yaw_deg: number;
}

export interface Visit {
  id: string;
  door: string;
  began: Moment;
  ended: Moment;
  /** `not_opened`: granted, but withdrawn or not followed. */
  outcome: "came_in" | "refused" | "not_opened";
  person: string | null;
  person_by: "recognised" | "label" | "next_grant" | null;
  reason: string;
  looks: Record<string, number>;
  view: View | null;
  picture: boolean;
  liveness: number | null;
  latency_ms: Record<string, number>;
  attempts: number;
  rule: string | null;
  factor: "pin" | "button" | null;
  distance_band: "within" | "near" | "far" | null;
  distance_ratio: number | null;
  /** Only in an admin's answers. */
  distance?: number | null;
  threshold?: number | null;
  nearest?: string | null;
}

/** What a door told beside visits. */
export interface Entry {
  seq: number;
  door: string;
  id: string;
  kind: "decision" | "door" | "command" | (string & {});
  time: Moment;
  payload: Record<string, unknown>;
}

export type Need =
  | {
      kind: "refused_often";
      person: string;
      door: string;
      refused: number;
      visits: number;
      days: number;
      reason: string;
      when: string | null;
      photos: number | null;
      command: string;
    }
  | {
      kind: "problem";
      door: string;
      code: string;
      severity: Severity;
      sentence: string;
      since: Moment;
      figures?: Record<string, number>;
    }
  | { kind: "offline"; door: string; since: Moment | null };

export interface Broker {
  connected: boolean;
  since: Moment | null;
}

/** Why the server cannot write down what happens; null: it can. */
export type StoreTrouble = "full" | "failed" | null;

export interface State {
  seq: number;
  now_s: number;
  broker: Broker;
  store: StoreTrouble;
  doors: Door[];
  visits: Visit[];
  more: string | null;
  needs: Need[];
}

export interface VisitsAnswer {
  visits: Visit[];
  more: string | null;
}

export interface EntriesAnswer {
  entries: Entry[];
  more: string | null;
}

/** `[t_s, fps, cpu_percent, memory_mb, temperature_c, disk_free_mb]` */
export type TelemetryPoint = [number, ...(number | null)[]];

export interface TelemetryAnswer {
  points: TelemetryPoint[];
}

export interface NonceAnswer {
  nonce: string;
  now_s: number;
  https_url: string | null;
  signed_in: boolean;
}

export interface SessionDoor {
  role: Role | null;
  key_name: string | null;
  outcome: string | null;
  reason: string | null;
}

export interface SessionAnswer {
  signed_in: boolean;
  doors: Record<string, SessionDoor>;
}

export interface Forgotten {
  door: string;
  visits: string[];
  entries: number[];
}

/** The events of `/api/stream` by name. */
export interface StreamEvents {
  door: Door;
  visit: Visit;
  entry: Entry;
  needs: Need[];
  forgotten: Forgotten;
  broker: Broker;
  store: StoreTrouble;
  reset: unknown;
  result: { door: string; message: string };
}

export interface ApiError {
  error: string;
  message: string;
}

/** What a door answers to a command, once its signature is verified. */
export interface DoorResult {
  v: number;
  door: string;
  id: string;
  time: Moment;
  command: string | null;
  cmd?: string;
  sha256?: string;
  outcome: "done" | "refused" | "failed" | "progress";
  reason: string | null;
  message: string;
  [more: string]: unknown;
}

export interface KeyInfo {
  fingerprint: string;
  name: string;
  role: Role;
  made_at: Moment;
  revoked_at: Moment | null;
  last_used?: Moment | null;
}

export interface InvitationInfo {
  fingerprint?: string;
  name: string;
  role: Role;
  expires: Moment;
  [more: string]: unknown;
}
