import type { Difference } from "@/ui/Differences";

type Json = Record<string, unknown>;

/** Every value of `found` by its path, `rules.0.value`; an empty list or object is a value too. */
export function flat(found: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  const isNested = typeof found === "object" && found !== null;
  const inner = isNested ? Object.entries(found) : [];
  if (inner.length > 0) {
    for (const [key, value] of inner) flat(value, path ? `${path}.${key}` : key, into);
  } else if (path) {
    into.set(path, typeof found === "string" ? found : JSON.stringify(found));
  }
  return into;
}

/** What an act changed, field by field, and how many fields it left as they were. */
export function differencesOf(before: Json, after: Json): { rows: Difference[]; same: number } {
  const [was, is] = [flat(before), flat(after)];
  const all = [...new Set([...was.keys(), ...is.keys()])].map((name) => ({
    name,
    before: was.get(name) ?? "",
    after: is.get(name) ?? "",
  }));
  const rows = all.filter((row) => row.before !== row.after);
  return { rows, same: all.length - rows.length };
}
