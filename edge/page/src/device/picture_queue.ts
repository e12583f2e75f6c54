/** Which pictures to ask of a door, and when: it takes 20 commands of a key at once and then one a
second, and ten visits in each.

Asking for thumbnails must never keep somebody from unlocking, so some of the 20 stay unused. What was
asked for last comes first: it is what somebody looks at now; what has scrolled away is not asked for. */

export const MOST_VISITS = 10;

const AT_ONCE = 20;
const KEPT_BACK = 6;
const PER_SECOND = 1;

export class PictureQueue {
  readonly #wanted = new Set<string>();
  #tokens = AT_ONCE - KEPT_BACK;
  #filledAtMs: number;

  /** `nowMs` is any steady clock. */
  constructor(nowMs: number) {
    this.#filledAtMs = nowMs;
  }

  want(visit: string): void {
    this.#wanted.delete(visit);
    this.#wanted.add(visit);
  }

  /** It is no longer in view. False: it was asked for already. */
  forget(visit: string): boolean {
    return this.#wanted.delete(visit);
  }

  /** The visits of the next command, none where none is wanted, or how long to wait for it. */
  next(nowMs: number): { visits: string[] } | { waitMs: number } {
    if (!this.#wanted.size) return { visits: [] };
    const filled = ((nowMs - this.#filledAtMs) / 1000) * PER_SECOND;
    this.#tokens = Math.min(AT_ONCE - KEPT_BACK, this.#tokens + Math.max(0, filled));
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return { waitMs: ((1 - this.#tokens) / PER_SECOND) * 1000 };
    const visits = [...this.#wanted].slice(-MOST_VISITS).reverse();
    this.#tokens -= 1;
    for (const visit of visits) this.#wanted.delete(visit);
    return { visits };
  }
}
