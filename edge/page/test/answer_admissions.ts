/** Answers questions about rules on standard input, for tests/page/test_access_rules.py: a list of
[rules, permission, [time, ...]] in JSON, where a time is RFC 3339 in UTC. */

import { readFileSync } from "node:fs";
import { admit, type Permission, type RulesDocument, wallTime } from "../src/access/rules.ts";

type Question = [RulesDocument, Permission, string[]];

const questions = JSON.parse(readFileSync(0, "utf8")) as Question[];
const answers = questions.map(([rules, permission, times]) =>
  times.map((time) => admit(rules, permission, wallTime(new Date(time), rules.time_zone))),
);
console.log(JSON.stringify(answers));
