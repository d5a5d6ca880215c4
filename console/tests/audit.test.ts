import { expect, it } from "vitest";
import { differencesOf } from "@/features/audit/differences";

it("tells what an act changed by the paths of values, and counts the rest", () => {
  const before = { note: "a", rules: [{ value: 500, op: "gte" }], gone: [] };
  const after = { note: "a", rules: [{ value: 700, op: "gte" }], added: { at: null } };
  expect(differencesOf(before, after)).toEqual({
    rows: [
      { name: "rules.0.value", before: "500", after: "700" },
      { name: "gone", before: "[]", after: "" },
      { name: "added.at", before: "", after: "null" },
    ],
    same: 2,
  });
});
