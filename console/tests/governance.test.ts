import { describe, expect, it } from "vitest";
import { grouped, linkOf, theOne } from "@/features/governance/found";
import type { Found, Resolver, System } from "@/features/governance/queries";
import { said, signs, threshold } from "@/features/governance/reading";

const found = (kind: Found["kind"], id: string, rest: Partial<Found> = {}): Found => ({
  kind,
  id,
  name: id,
  status: null,
  app_id: null,
  aweme_id: null,
  entity_id: null,
  surface: null,
  ...rest,
});

describe("what was found", () => {
  it("is grouped by kind, what is acted on first", () => {
    const items = [found("deny", "dny_1"), found("account", "tea"), found("deny", "dny_2")];
    expect(grouped(items).map(([kind, each]) => [kind, each.length])).toEqual([
      ["account", 1],
      ["deny", 2],
    ]);
  });

  it("is opened by Enter where it is the only one, or the only one of exactly this id", () => {
    const [tea, shop] = [found("account", "tea"), found("account", "tea_shop")];
    expect(theOne([shop], "tea")).toBe(shop);
    expect(theOne([tea, shop], "tea")).toBe(tea);
    expect(theOne([tea, shop], "te")).toBeNull();
    expect(theOne([tea, found("mini_program", "tea")], "tea")).toBeNull();
    expect(theOne([], "tea")).toBeNull();
  });

  it("leads reviewers to the desk, and others to what it is about", () => {
    const change = found("landing_change", "chg_1", { aweme_id: "a/b", app_id: "tt" });
    expect(linkOf(change, true)).toBe("/review/landing_change/chg_1");
    expect(linkOf(change, false)).toBe("/operate/accounts/a%2Fb");
  });

  it("leads from a deny to the denies of what it hides", () => {
    const link = (rest: Partial<Found>) => linkOf(found("deny", "dny_1", rest), false);
    expect(link({ entity_id: "ent" })).toBe("/operate/denies?scope=legal_entity&target=ent");
    expect(link({})).toBe("/operate/denies?scope=global");
  });
});

describe("a rule", () => {
  const word = (key: string) => `[${key}]`;

  it("says its threshold as people write it", () => {
    expect(threshold({ op: "gte", threshold: 5000 }, word)).toBe("≥ 5,000");
    expect(threshold({ op: "is_true", threshold: null }, word)).toBe("[op.is_true]");
    expect(threshold({ op: "in", threshold: ["a", "b"] }, word)).toBe("[op.in] a, b");
  });

  it("says that a fact is missing, which is not the same as no", () => {
    expect(said(null, word)).toBe("[op.missing]");
    expect(said(false, word)).toBe("[common:no]");
    expect(said(0, word)).toBe("0");
  });
});

describe("the platform's signs", () => {
  const NOW = "2026-11-22T12:00:00.000Z";
  const BEFORE = "2026-11-22T11:59:00.000Z";
  const system: System = {
    version: "1",
    database: "sqlite",
    outbox: { waiting: 0, oldest_at: null, oldest_age_ms: null },
    log: { epoch: 1, revision: 9 },
    relay_heard_at: NOW,
    is_relay_heard: true,
    open_takedowns: 0,
    open_alarms: 0,
    nodes: { known: 2, in_rotation: 1 },
  };
  const node: Resolver = {
    name: "one",
    is_in_rotation: true,
    first_seen_at: BEFORE,
    seen_at: NOW,
    lease_until: NOW,
    epoch: 1,
    revision: 9,
    revisions_behind: 0,
    feed_age_ms: 5,
    drift_found: 0,
    drift_mended: 0,
    software: "1",
    available_actions: [],
  };
  const keys = (state: Partial<System>, ...nodes: Partial<Resolver>[]) =>
    signs(
      { ...system, ...state },
      nodes.map((each) => ({ ...node, ...each })),
    ).map((sign) => sign.key);

  it("are none while all is well", () => {
    expect(keys({}, {})).toEqual([]);
  });

  it("tell why a node is out of rotation", () => {
    const out = { is_in_rotation: false };
    expect(keys({}, { ...out, seen_at: BEFORE })).toEqual(["nodeGone"]);
    expect(keys({}, { ...out, revisions_behind: null })).toEqual(["nodeLoading"]);
    expect(keys({}, { ...out, revisions_behind: 7 })).toEqual(["nodeBehind"]);
  });

  it("say once that no node is heard, not of every node", () => {
    const silent = { is_relay_heard: false, nodes: { known: 2, in_rotation: 0 } };
    expect(keys(silent, { is_in_rotation: false }, { is_in_rotation: false })).toEqual(["unheard"]);
  });

  it("put what is grave before what is not", () => {
    const late = { outbox: { waiting: 3, oldest_at: BEFORE, oldest_age_ms: 60_000 } };
    expect(keys(late, { drift_found: 1, drift_mended: 1 }, { drift_found: 2, drift_mended: 1 })).toEqual([
      "relayLate",
      "drift",
      "driftMended",
    ]);
  });
});
