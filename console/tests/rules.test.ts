import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { byDay } from "@/features/rules/byDay";
import { kindOf, read, toggled, written } from "@/features/rules/calendar";
import { differencesOf } from "@/features/rules/conflict";
import { bodyOf, doubleFacts, editedOf, errorAt, pointer, type Edited } from "@/features/rules/policy";
import type { Run } from "@/features/rules/queries";

const text = { zh: "中", en: "en" };
const rule = (fact: string, op: string, value: string | number | boolean | string[] | null) => ({
  fact,
  op,
  value,
  reason: `${fact}_${op}`,
  label: text,
  how_to_fix: text,
});
const draft = {
  revision: 3,
  note: "n",
  account_types: null,
  facts: { followers: "int" as const, score: "float" as const, city: "str" as const, adult: "bool" as const },
  rules: [
    rule("followers", "gte", 500),
    rule("score", "lt", 0.5),
    rule("city", "in", ["a", "b"]),
    rule("adult", "is_true", null),
    rule("adult", "eq", false),
  ],
};
const typed = (value: string, place = 0): Edited => {
  const edited = editedOf(draft);
  return { ...edited, rules: edited.rules.map((each, at) => (at === place ? { ...each, value } : each)) };
};

describe("a draft that is edited", () => {
  it("is sent as it was read", () => {
    expect({ ...bodyOf(editedOf(draft)), revision: draft.revision }).toEqual(draft);
  });

  it("leaves what is no value of the type for the server to refuse", () => {
    expect(bodyOf(typed("many")).rules[0]?.value).toBe("many");
    expect(bodyOf(typed("9007199254740993")).rules[0]?.value).toBe("9007199254740993");
    expect(bodyOf(typed(" ")).rules[0]?.value).toBeNull();
  });

  it("takes lists however they are separated", () => {
    expect(bodyOf(typed("a、 b\nc，d,", 2)).rules[2]?.value).toEqual(["a", "b", "c", "d"]);
  });

  it("does not lose one of two facts of a name", () => {
    const facts = [
      { key: "1", name: "age", type: "int" as const },
      { key: "2", name: " age", type: "str" as const },
    ];
    expect(doubleFacts(facts)).toEqual(["age"]);
  });

  it("finds what is wrong at a place or below it", () => {
    expect(pointer("body.rules.0.reason")).toBe("/rules/0/reason");
    const problem = new Problem({
      status: 422,
      code: "policy_invalid",
      title: "",
      detail: "",
      errors: [{ code: "text_blank", detail: "blank", at: "/rules/1/label/zh" }],
    });
    expect(errorAt(problem, "/rules/1")).toBe("blank");
    expect(errorAt(problem, "/rules/1/label/en")).toBeUndefined();
    expect(errorAt(problem, "/rules/10")).toBeUndefined();
  });

  it("differs from another by what was changed alone", () => {
    const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
    const name = (what: string, values: Record<string, string>) => [what, ...Object.values(values)].join(" ");
    expect(names(differencesOf(editedOf(draft), typed("700"), name))).toEqual(["rule followers_gte"]);
    expect(differencesOf(editedOf(draft), editedOf(draft), name)).toEqual([]);
  });
});

describe("a year of working days", () => {
  it("is written in ranges and read again", () => {
    const days = ["2026-10-02", "2026-10-01", "2026-12-31", "2026-10-03"];
    expect(written(days)).toBe("2026-10-01 ~ 2026-10-03\n2026-12-31");
    expect([...read(written(days)).days]).toEqual([...days].sort());
    expect(read("2026-02-30\n2026-03-02 ~ 2026-03-01\nsoon").wrong).toHaveLength(3);
  });

  it("has a weekday off, or a weekend worked, by a click, and not by the next", () => {
    const none = { daysOff: new Set<string>(), makeUpDays: new Set<string>() };
    const monday = toggled("2026-11-23", none);
    expect(kindOf("2026-11-23", monday)).toBe("off");
    expect(kindOf("2026-11-23", toggled("2026-11-23", monday))).toBe("working");
    expect(kindOf("2026-11-22", toggled("2026-11-22", none))).toBe("make_up");
  });
});

describe("runs by day", () => {
  it("take the newest of a day, and the policy of most accounts", () => {
    const summary = (passing: number) => ({ judged: 10, passing }) as Run["summaries"][string];
    const run = (as_of: string, passing: number) =>
      ({
        as_of,
        shares: { "1": 10, "2": 90 },
        summaries: { "1": summary(0), "2": summary(passing) },
        watched: { hidden: 1, shown: 2 },
      }) as unknown as Run;
    const days = byDay([run("2026-11-21", 7), run("2026-11-21", 3), run("2026-11-20", 5)]);
    expect(days.map(({ day, passing, failing }) => [day, passing, failing])).toEqual([
      ["2026-11-20", 5, 5],
      ["2026-11-21", 7, 3],
    ]);
  });
});
