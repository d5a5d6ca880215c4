import type { Difference } from "@/ui/Differences";
import type { Edited, EditedRule } from "./policy";

type Name = (name: "types" | "note" | "fact" | "rule", values: Record<string, string>) => string;

const facts = ({ facts }: Edited) => new Map<string, string>(facts.map(({ name, type }) => [name, type]));

/** One rule in some lines: what it compares, and its texts. */
function written(rule: EditedRule | undefined, place: number): string {
  if (!rule) return "";
  const { fact, op, value, label, how_to_fix: fix } = rule;
  return [`${place + 1}. ${fact} ${op} ${value}`.trim(), label.zh, label.en, fix.zh, fix.en].filter(Boolean).join("\n");
}

/** What two contents say differently, rule by rule: rules are the same where their reasons are. */
export function differencesOf(theirs: Edited, mine: Edited, name: Name): Difference[] {
  const types = ({ account_types: some }: Edited) => (some ?? ["*"]).join(", ");
  const [theirFacts, myFacts] = [facts(theirs), facts(mine)];
  const reasons = [...new Set([...theirs.rules, ...mine.rules].map(({ reason }) => reason))];
  const of = ({ rules }: Edited, reason: string) => {
    const place = rules.findIndex((rule) => rule.reason === reason);
    return written(rules[place], place);
  };
  return [
    { name: name("types", {}), before: types(theirs), after: types(mine) },
    { name: name("note", {}), before: theirs.note, after: mine.note },
    ...[...new Set([...theirFacts.keys(), ...myFacts.keys()])].map((fact) => ({
      name: name("fact", { fact }),
      before: theirFacts.get(fact) ?? "",
      after: myFacts.get(fact) ?? "",
    })),
    ...reasons.map((reason) => ({
      name: name("rule", { reason }),
      before: of(theirs, reason),
      after: of(mine, reason),
    })),
  ].filter(({ before, after }) => before !== after);
}
