/** English: the catalogue that says which words there are. Each part of the page adds its own file. */

import { access } from "./access.en.ts";
import { codes } from "./codes.en.ts";
import { doors } from "./doors.en.ts";
import { frame } from "./frame.en.ts";
import { people } from "./people.en.ts";
import { visits } from "./visits.en.ts";

export const en = { ...codes, ...frame, ...visits, ...people, ...access, ...doors } as const;
