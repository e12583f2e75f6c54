/** English: the catalogue that says which words there are. Each part of the page adds its own file. */

import { codes } from "./codes.en.ts";
import { frame } from "./frame.en.ts";

export const en = { ...codes, ...frame } as const;
