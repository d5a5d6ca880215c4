import type { Schemas } from "@/api/client";

export type Mark = "good" | "acceptable" | "poor";
export type Verb = "approve" | "reject";

/** What a reviewer marks of an application, in the order of the keys 1 to 4 (C4). */
export const DIMENSIONS = [
  "functional_utility",
  "interface_design",
  "interaction_experience",
  "stability",
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** How a dimension is marked, by its key. */
export const MARKS = { g: "good", o: "acceptable", p: "poor" } as const satisfies Record<string, Mark>;

export type Marks = Partial<Record<Dimension, Mark>>;
export type Reason = Schemas["ReasonIn"];
type Template = Schemas["TemplateOut"];

/** A decision as it is being made. */
export interface Draft {
  verb: Verb | "";
  marks: Marks;
  reasons: Reason[];
}
export const NOTHING: Draft = { verb: "", marks: {}, reasons: [] };

/** A decision as it is sent; `isNext` says that the next item is to be opened after it. */
export interface Decision {
  verb: Verb;
  content_hash: string | null;
  marks: Schemas["MarksIn"];
  reasons: Reason[];
  isNext: boolean;
}

/** What is still missing: `verb`, a dimension, `reasons`, or `reasons.{code}`, with what to do. */
export interface Fault {
  at: string;
  text: "verbMissing" | "markMissing" | "markPoor" | "reasonMissing" | "textMissing";
}

/** A reason that was just chosen: a template's texts, or room for one's own. */
export function chosen({ code, text, how_to_fix, is_text_required }: Template): Reason {
  return { code, text: is_text_required ? "" : text, how_to_fix, evidence: "" };
}

/** Whether the reviewer still has to say what it is: a template that says nothing by itself. */
export function mustEdit(reason: Reason, template: Template): boolean {
  return template.is_text_required && ["", template.text].includes(reason.text.trim());
}

/** What keeps `draft` from being sent, first things first; the server has the last word. */
export function faults(draft: Draft, templates: Template[], needsMarks: boolean): Fault[] {
  if (!draft.verb) return [{ at: "verb", text: "verbMissing" }];
  const found: Fault[] = [];
  for (const dimension of needsMarks ? DIMENSIONS : []) {
    const mark = draft.marks[dimension];
    if (!mark) found.push({ at: dimension, text: "markMissing" });
    else if (mark === "poor" && draft.verb === "approve") found.push({ at: dimension, text: "markPoor" });
  }
  if (draft.verb === "approve") return found;
  if (draft.reasons.length === 0) found.push({ at: "reasons", text: "reasonMissing" });
  for (const reason of draft.reasons) {
    const template = templates.find(({ code }) => code === reason.code);
    if (template && mustEdit(reason, template)) found.push({ at: `reasons.${reason.code}`, text: "textMissing" });
  }
  return found;
}

/** The first dimension after `dimension`, round in a circle, that has no mark yet. */
export function nextUnmarked(marks: Marks, dimension: Dimension): Dimension | undefined {
  const at = DIMENSIONS.indexOf(dimension) + 1;
  return [...DIMENSIONS.slice(at), ...DIMENSIONS.slice(0, at)].find((each) => !marks[each]);
}
