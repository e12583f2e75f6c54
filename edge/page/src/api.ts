/** Asks the dashboard's server, as JSON on its own origin. */

import type { ApiError } from "./wire.ts";

/** The server said no, or nothing: then `status` is 0 and `code` `offline`. */
export class ApiFailure extends Error {
  status: number;
  code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const PATIENCE_MS = 20_000;

/** The answer's JSON. Throws {@link ApiFailure}. */
export async function ask<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? (method === "GET" ? null : "{}") : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await answer.text();
  } catch (error) {
    throw new ApiFailure(0, "offline", String(error));
  }
  const said = parsed(text);
  if (answer.ok) return said as T;
  const { error = `http_${answer.status}`, message = answer.statusText } = (said ?? {}) as Partial<ApiError>;
  throw new ApiFailure(answer.status, error, message);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // such as the page of a proxy that stands before the server
  }
}
