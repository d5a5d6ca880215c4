import { describe, expect, it } from "vitest";
import { comparedWith, differences, type Content } from "@/features/landing/differences";
import { bodyOf, draftOf, length, told } from "@/features/landing/form";
import type { CheckProblem, LandingRecord } from "@/features/landing/queries";

const content = (id: string, changed: Partial<Content> = {}): Content => ({
  id,
  page_path: "pages/index/index",
  query: "",
  title: "",
  share_link: null,
  ...changed,
});

describe("what a change is compared with", () => {
  const rows = [content("c"), content("b")];
  const known = { earlier: [content("a")], live: content("b") };

  it("is the one before it, also where that is on the next page", () => {
    expect(comparedWith(rows, 0, "previous", known)?.id).toBe("b");
    expect(comparedWith(rows, 1, "previous", known)?.id).toBe("a");
  });

  it("is nothing for the first change, and unknown while the next page is asked for", () => {
    expect(comparedWith(rows, 1, "previous", { ...known, earlier: [] })).toBeNull();
    expect(comparedWith(rows, 1, "previous", { ...known, earlier: undefined })).toBeUndefined();
  });

  it("is what is live where that is asked for", () => {
    expect(comparedWith(rows, 0, "live", known)?.id).toBe("b");
    expect(comparedWith(rows, 0, "live", { ...known, live: null })).toBeNull();
  });

  it("differs part by part, a share link by its name", () => {
    const after = content("b", { title: "茶", share_link: { id: "lnk_1", name: "春茶" } });
    const changed = differences(content("a"), after, (part) => part).filter((row) => row.before !== row.after);
    expect(changed).toEqual([
      { name: "title", before: "", after: "茶" },
      { name: "link", before: "", after: "春茶" },
    ]);
  });
});

describe("the form", () => {
  const problem = (at: string, code: string): CheckProblem => ({ at, code, detail: code });
  const record = (live: Content | null, latest: Content | null, actions: string[]) =>
    ({ live, latest_change: latest, available_actions: actions }) as LandingRecord;

  it("begins with the change in review, else with what is live, else empty", () => {
    const [live, latest] = [content("a", { title: "live" }), content("b", { title: "latest" })];
    expect(draftOf(record(live, latest, ["withdraw"])).title).toBe("latest");
    expect(draftOf(record(live, latest, [])).title).toBe("live");
    expect(draftOf(record(null, latest, []))).toMatchObject({ source: "path", path: "", title: "" });
  });

  it("begins with the share link that the page came from", () => {
    const live = content("a", { share_link: { id: "lnk_1", name: "春茶" } });
    expect(draftOf(record(live, null, []))).toMatchObject({ source: "link", link: "lnk_1" });
  });

  it("sends the chosen way alone", () => {
    const draft = { link: "lnk_1", path: "pages/a", query: "x=1", title: "t" };
    expect(bodyOf({ ...draft, source: "link" })).toEqual({ share_link: "lnk_1", query: "", title: "t" });
    expect(bodyOf({ ...draft, source: "path" })).toEqual({ page_path: "pages/a", query: "x=1", title: "t" });
  });

  it("tells problems beside their fields, and those of the place above the button", () => {
    const problems = [
      problem("page_path", "path_has_scheme"),
      problem("query", "query_malformed"),
      problem("title", "text_too_long"),
      problem("", "slot_occupied"),
    ];
    expect(told(problems, "path", false)).toEqual({
      path: "path_has_scheme",
      query: "query_malformed",
      title: "text_too_long",
      place: [problems[3]],
    });
    expect(told(problems, "link", false)).toMatchObject({ link: "path_has_scheme query_malformed" });
  });

  it("says that the page is not named yet only once it was tried", () => {
    const problems = [problem("page_path", "path_empty")];
    expect(told(problems, "path", false)).toEqual({ place: [] });
    expect(told(problems, "path", true)).toEqual({ path: "path_empty", place: [] });
    expect(told([problem("", "landing_source_ambiguous")], "link", true)).toMatchObject({ place: [] });
  });

  it("counts characters as the server does", () => {
    expect(length("茶🍵")).toBe(2);
  });
});
