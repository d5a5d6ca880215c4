import { describe, expect, it } from "vitest";
import { countdown, day, exact, minute, relative } from "@/ui/moment";

describe("times are told as in Shanghai", () => {
  it.each([
    ["2026-11-22T15:59:59Z", "2026-11-22 23:59:59"],
    ["2026-11-22T16:00:00Z", "2026-11-23 00:00:00"],
    ["2026-12-31T16:00:00.000Z", "2027-01-01 00:00:00"],
    ["2026-11-22T10:00:00+08:00", "2026-11-22 10:00:00"],
  ])("%s is %s", (at, told) => {
    expect(exact(at)).toBe(told);
    expect(minute(at)).toBe(told.slice(0, 16));
    expect(day(at)).toBe(told.slice(0, 10));
  });
});

describe("how long ago", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  it.each([
    ["2026-11-22T11:57:00Z", "3 minutes ago", "3分钟前"],
    ["2026-11-24T13:00:00Z", "in 2 days", "后天"],
    ["2026-11-22T12:00:00Z", "now", "现在"],
  ])("%s", (at, en, zh) => {
    expect(relative(at, now, "en")).toBe(en);
    expect(relative(at, now, "zh-CN")).toBe(zh);
  });
});

describe("what is left until a time", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  it.each([
    ["2026-11-22T12:10:00Z", "10:00"],
    ["2026-11-22T12:00:09.400Z", "00:10"],
    ["2026-11-23T11:59:59Z", "23:59:59"],
    ["2026-11-22T11:00:00Z", "00:00"],
  ])("%s is %s", (until, left) => {
    expect(countdown(until, now)).toBe(left);
  });
});
