import { newKey } from "@/api/keys";
import { Problem } from "@/api/problem";
import type { Schemas } from "@/api/client";

export type Rule = Schemas["RuleOut"];
export type FactType = Schemas["FactType"];
export type Content = Pick<Schemas["DraftOut"], "account_types" | "facts" | "rules">;
type DraftIn = Schemas["DraftIn"];
type Value = Rule["value"];
type Texts = Schemas["TextOut"];

export const FACT_TYPES: FactType[] = ["int", "float", "bool", "str"];
export const ACCOUNT_TYPES = ["personal", "institution", "enterprise"] as const;

const NUMBERS: FactType[] = ["int", "float"];
/** The closed set of operators: what each takes beside the fact, and the facts it is for. */
export const OPERATORS: Record<string, { operand: "none" | "one" | "many"; types: FactType[] }> = {
  gte: { operand: "one", types: NUMBERS },
  gt: { operand: "one", types: NUMBERS },
  lte: { operand: "one", types: NUMBERS },
  lt: { operand: "one", types: NUMBERS },
  eq: { operand: "one", types: FACT_TYPES },
  ne: { operand: "one", types: FACT_TYPES },
  in: { operand: "many", types: ["int", "float", "str"] },
  not_in: { operand: "many", types: ["int", "float", "str"] },
  is_true: { operand: "none", types: ["bool"] },
  is_false: { operand: "none", types: ["bool"] },
};

export const operatorsFor = (type: FactType | undefined): string[] =>
  Object.keys(OPERATORS).filter((op) => !type || OPERATORS[op]?.types.includes(type));

/** A policy's content while it is typed: everything is text, and every row has a key of its own. */
export interface Edited {
  revision: number;
  account_types: string[] | null;
  facts: { key: string; name: string; type: FactType }[];
  rules: EditedRule[];
  note: string;
}

export interface EditedRule {
  key: string;
  fact: string;
  op: string;
  value: string;
  reason: string;
  label: Texts;
  how_to_fix: Texts;
}

export const SEPARATOR = /[,\uff0c\u3001\n]+/;

export function valueText(value: Value): string {
  if (value === null) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** What is edited of a draft, as it was last read. */
export function editedOf(draft: Content & { revision: number; note: string }): Edited {
  return {
    revision: draft.revision,
    account_types: draft.account_types,
    facts: Object.entries(draft.facts).map(([name, type], place) => ({ key: `f${place}`, name, type })),
    rules: draft.rules.map((rule, place) => ({
      key: `r${place}`,
      fact: rule.fact,
      op: rule.op,
      value: valueText(rule.value),
      reason: rule.reason,
      label: rule.label,
      how_to_fix: rule.how_to_fix,
    })),
    note: draft.note,
  };
}

export function newRule(facts: Edited["facts"]): EditedRule {
  const [first] = facts;
  const op = operatorsFor(first?.type)[0] ?? "gte";
  const none = { zh: "", en: "" };
  return { key: newKey(), fact: first?.name ?? "", op, value: "", reason: "", label: none, how_to_fix: none };
}

/** What was typed as a value of the fact's type; what is none is left for the server to refuse. */
function scalar(text: string, type: FactType | undefined): string | number | boolean {
  const typed = text.trim();
  if (type === "bool") return typed === "true" ? true : typed === "false" ? false : typed;
  if (type === "str" || typed === "") return typed;
  const number = Number(typed);
  return type === "int" ? (Number.isSafeInteger(number) ? number : typed) : Number.isFinite(number) ? number : typed;
}

function valueOf(rule: EditedRule, type: FactType | undefined): Value {
  const operand = OPERATORS[rule.op]?.operand ?? "none";
  if (operand === "none") return null;
  if (operand === "one") return rule.value.trim() === "" ? null : scalar(rule.value, type);
  return rule.value
    .split(SEPARATOR)
    .filter((each) => each.trim() !== "")
    .map((each) => scalar(each, type));
}

/** What is sent of it. */
export function bodyOf(edited: Edited): DraftIn {
  const facts = Object.fromEntries(edited.facts.map(({ name, type }) => [name.trim(), type]));
  return {
    account_types: edited.account_types,
    facts,
    rules: edited.rules.map((rule) => ({
      fact: rule.fact,
      op: rule.op,
      value: valueOf(rule, facts[rule.fact]),
      reason: rule.reason.trim(),
      label: rule.label,
      how_to_fix: rule.how_to_fix,
    })),
    note: edited.note,
  };
}

/** Whether both say the same, whatever the keys of their rows. */
export const isSame = (one: Edited, other: Edited): boolean =>
  JSON.stringify(bodyOf(one)) === JSON.stringify(bodyOf(other));

/** The names that two facts have: an object would silently keep one of them. */
export function doubleFacts(facts: Edited["facts"]): string[] {
  const names = facts.map(({ name }) => name.trim()).filter(Boolean);
  return names.filter((name, place) => names.indexOf(name) !== place);
}

/** One way to write where an error is: `/rules/0/label/zh`, whether it came as a pointer or dotted. */
export function pointer(at: string): string {
  const path = at.startsWith("/") ? at : `/${at.replaceAll(".", "/")}`;
  return path.replace(/^\/body(?=\/|$)/, "");
}

export const factPointer = (name: string): string =>
  `/facts/${name.trim().replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** What is wrong at a place, or below it. */
export function errorAt(problem: Problem | null, place: string): string | undefined {
  return problem?.body.errors.find((error) => {
    const at = pointer(error.at);
    return at === place || at.startsWith(`${place}/`);
  })?.detail;
}

/** A refusal of a policy in the reader's language: its single reasons come in English. */
export function translated(problem: Problem, tell: (code: string) => string): Problem {
  const errors = problem.body.errors.map((error) => ({ ...error, detail: tell(error.code) || error.detail }));
  return new Problem({ ...problem.body, errors }, problem.requestId);
}
