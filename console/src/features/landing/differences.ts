import type { Difference } from "@/ui/Differences";
import type { Change } from "./queries";

export type Content = Pick<Change, "id" | "page_path" | "query" | "title" | "share_link">;

/** What a change makes of an entry, by the names of its parts. */
export const PARTS = ["title", "page", "query", "link"] as const;
export type Part = (typeof PARTS)[number];

function parts(content: Content): Record<Part, string> {
  const { title, page_path: page, query, share_link: link } = content;
  return { title, page, query, link: link?.name ?? "" };
}

/** Part by part, what `after` makes different from `before`. */
export function differences(before: Content, after: Content, name: (part: Part) => string): Difference[] {
  const [old, now] = [parts(before), parts(after)];
  return PARTS.map((part) => ({ name: name(part), before: old[part], after: now[part] }));
}

export type Against = "previous" | "live";

/**
 * What the change at `index` of `changes` (newest first) is compared with: the one before it, the
 * first of `earlier` where it is the last of its page; or what is live. Null where there is none,
 * undefined where it is not known yet.
 */
export function comparedWith(
  changes: Content[],
  index: number,
  against: Against,
  { earlier, live }: { earlier: Content[] | undefined; live: Content | null },
): Content | null | undefined {
  if (against === "live") return live;
  const previous = changes[index + 1];
  if (previous) return previous;
  return earlier && (earlier[0] ?? null);
}
