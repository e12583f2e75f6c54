/** Server-sent events over fetch: an EventSource could not say from where it goes on in a new tab. */

import { ApiFailure } from "../api.ts";

export interface Event {
  /** The server's number, by which a stream goes on; null for what is told once. */
  seq: number | null;
  event: string;
  data: string;
}

/** Takes a stream of text apart, however it is cut into pieces. */
export class EventReader {
  #rest = "";

  read(text: string): Event[] {
    const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const fields: Record<string, string[]> = {};
      for (const line of block.split("\n")) {
        const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
        if (name) (fields[name] ??= []).push(value);
      }
      if (!fields["data"]) return []; // a sign of life
      const seq = Number(fields["id"]?.at(-1) ?? Number.NaN);
      return [
        {
          seq: Number.isFinite(seq) ? seq : null,
          event: fields["event"]?.at(-1) ?? "message",
          data: fields["data"].join("\n"),
        },
      ];
    });
  }
}

/** So long without a byte, the line is taken for dead. */
const SILENCE_MS = 45_000;

/** Reads the stream until it ends. Throws {@link ApiFailure} where it cannot begin. */
export async function readStream(
  path: string,
  after: number,
  heard: (events: Event[]) => void,
): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const answer = await fetch(path, {
      credentials: "same-origin",
      cache: "no-store",
      headers: { Accept: "text/event-stream", "Last-Event-ID": String(after) },
      signal: silence.signal,
    });
    if (!answer.ok || !answer.body) throw new ApiFailure(answer.status, `http_${answer.status}`, "");
    const reader = new EventReader();
    heard([]); // the line stands
    const decoder = new TextDecoder();
    const body = answer.body.getReader();
    for (;;) {
      const { done, value } = await body.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      heard(reader.read(decoder.decode(value, { stream: true })));
    }
  } catch (error) {
    throw error instanceof ApiFailure ? error : new ApiFailure(0, "offline", String(error));
  } finally {
    clearTimeout(timer);
  }
}
