import { describe, expect, it } from "vitest";
import { conditionRows, landingRows } from "@/features/review/compare";
import { NOTHING, chosen, faults, mustEdit, nextUnmarked, type Draft, type Marks } from "@/features/review/decision";

const template = {
  code: "unstable",
  kinds: ["capability_application" as const],
  text: "It crashes",
  how_to_fix: "Find the crash",
  is_text_required: false,
};
const other = { ...template, code: "other", text: "Other", is_text_required: true };
const TEMPLATES = [template, other];
const GOOD: Marks = {
  functional_utility: "good",
  interface_design: "good",
  interaction_experience: "good",
  stability: "good",
};
const draft = (changed: Partial<Draft>): Draft => ({ ...NOTHING, ...changed });
const at = (given: Draft, needsMarks = true) => faults(given, TEMPLATES, needsMarks).map((fault) => fault.at);

describe("a decision", () => {
  it("asks for a verdict before anything else", () => {
    expect(at(draft({}))).toEqual(["verb"]);
  });

  it("asks for every dimension of an application, and none of a landing page", () => {
    const three = Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== "stability"));
    expect(at(draft({ verb: "approve", marks: three }))).toEqual(["stability"]);
    expect(at(draft({ verb: "approve" }), false)).toEqual([]);
  });

  it("does not approve what is poor, and rejects it", () => {
    const marks: Marks = { ...GOOD, stability: "poor" };
    expect(faults(draft({ verb: "approve", marks }), TEMPLATES, true)).toEqual([
      { at: "stability", text: "markPoor" },
    ]);
    expect(at(draft({ verb: "reject", marks, reasons: [chosen(template)] }))).toEqual([]);
  });

  it("asks for a reason, and for one's own words where the template has none", () => {
    expect(at(draft({ verb: "reject", marks: GOOD }))).toEqual(["reasons"]);
    const empty = chosen(other);
    expect(empty.text).toBe("");
    expect(at(draft({ verb: "reject", marks: GOOD, reasons: [chosen(template), empty] }))).toEqual(["reasons.other"]);
    expect(mustEdit({ ...empty, text: " Other " }, other)).toBe(true);
    expect(mustEdit({ ...empty, text: "Prices differ" }, other)).toBe(false);
  });

  it("goes on to the next dimension without a mark, round in a circle", () => {
    expect(nextUnmarked({ interface_design: "good" }, "functional_utility")).toBe("interaction_experience");
    expect(nextUnmarked({ stability: "poor" }, "stability")).toBe("functional_utility");
    expect(nextUnmarked(GOOD, "stability")).toBeUndefined();
  });
});

describe("comparing", () => {
  it("has everything new where nothing is live", () => {
    const submitted = {
      id: "chg_1",
      app_id: "tt_tea",
      app_name: "Tea",
      page_path: "pages/a",
      query: "",
      title: "Sale",
      share_link: null,
      link: "sslocal://microapp",
    };
    const rows = landingRows(submitted, null, (field) => field);
    expect(rows.find((row) => row.name === "page_path")).toEqual({ name: "page_path", before: "", after: "pages/a" });
    expect(rows.every((row) => row.before === "")).toBe(true);
  });

  it("sets the conditions of now beside those of the submission", () => {
    const then = { key: "credit_score", text: "≥ 60", required: 60, actual: 80, is_met: true };
    const now = { ...then, actual: 45, is_met: false };
    expect(conditionRows([then], [now])).toEqual([
      { key: "credit_score", text: "≥ 60", then: 80, wasMet: true, now: 45, isMet: false },
    ]);
  });
});
