/** Deutsch. */

import { access } from "./access.de.ts";
import { codes } from "./codes.de.ts";
import { doors } from "./doors.de.ts";
import type { en } from "./en.ts";
import { frame } from "./frame.de.ts";
import { people } from "./people.de.ts";
import { visits } from "./visits.de.ts";

export const de: Record<keyof typeof en, string> = { ...codes, ...frame, ...visits, ...people, ...access, ...doors };
