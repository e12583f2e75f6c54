/** Deutsch. */

import { codes } from "./codes.de.ts";
import type { en } from "./en.ts";
import { frame } from "./frame.de.ts";

export const de: Record<keyof typeof en, string> = { ...codes, ...frame };
