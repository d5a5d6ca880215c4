import { inReview, type Body, type Change, type CheckProblem, type LandingRecord } from "./queries";

/** What is typed into the form: both ways to name a page are kept while one is chosen. */
export interface Draft {
  source: "link" | "path";
  link: string;
  path: string;
  query: string;
  title: string;
}

const EMPTY: Draft = { source: "path", link: "", path: "", query: "", title: "" };

/** What modifying a record begins with: the change in review, else what is live. */
export function draftOf(record: LandingRecord): Draft {
  const from = inReview(record) ?? record.live;
  if (!from) return EMPTY;
  const link = from.share_link?.id ?? "";
  return {
    source: link ? "link" : "path",
    link,
    path: from.page_path,
    query: from.query,
    title: from.title,
  };
}

/** What is sent: only the way that is chosen. */
export function bodyOf({ source, link, path, query, title }: Draft): Body {
  return source === "link"
    ? { share_link: link || null, query: "", title }
    : { page_path: path, query, title };
}

/** Problems by where they are told: `place` stands for those that no field can mend. */
export interface Told {
  link?: string;
  path?: string;
  query?: string;
  title?: string;
  place: CheckProblem[];
}

/** Codes for a page that is not named yet: told only once somebody tried to submit. */
const UNNAMED = ["path_empty", "landing_source_ambiguous"];

/** Where each problem is told; what is not filled in yet is told only when `isTried`. */
export function told(problems: CheckProblem[], source: Draft["source"], isTried: boolean): Told {
  const found: Told = { place: [] };
  for (const problem of problems) {
    const isUnnamed = UNNAMED.includes(problem.code);
    if (isUnnamed && !isTried) continue;
    const field = fieldOf(problem, source, isUnnamed);
    if (field) found[field] = [found[field], problem.detail].filter(Boolean).join(" ");
    else found.place.push(problem);
  }
  return found;
}

function fieldOf(
  { at }: CheckProblem,
  source: Draft["source"],
  isUnnamed: boolean,
): "link" | "path" | "query" | "title" | null {
  if (at === "title") return "title";
  const isPage = isUnnamed || at === "page_path" || at === "query";
  if (!isPage) return null;
  if (source === "link") return "link";
  return at === "query" ? "query" : "path";
}

/** How many characters a text has, as the server counts them. */
export const length = (text: string): number => Array.from(text).length;

/** The address that an entry opens, as it is read. */
export function address({ page_path, query }: Pick<Change, "page_path" | "query">): string {
  return query ? `${page_path}?${query}` : page_path;
}
