import { expect, it } from "vitest";
import { dueAt } from "@/features/capability/due";

it.each([
  ["2026-11-26T15:59:59Z", "today"],
  ["2026-11-26T16:00:00Z", "overdue"],
  ["2026-11-25T15:59:59Z", "later"],
])("counts the due date's day in Shanghai: %s is %s", (now, due) => {
  expect(dueAt(new Date(now), "2026-11-26")).toBe(due);
});
