import { useSearchParams } from "react-router";

/** Filters kept in the address, so that a list can be linked, reloaded and gone back to. */
export function useFilters<Names extends string>(
  defaults: Record<Names, string>,
): [Record<Names, string>, (changed: Partial<Record<Names, string>>) => void] {
  const [search, setSearch] = useSearchParams();
  const names = Object.keys(defaults) as Names[];
  const filters = Object.fromEntries(
    names.map((name) => [name, search.get(name) ?? defaults[name]]),
  ) as Record<Names, string>;
  const change = (changed: Partial<Record<Names, string>>) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries<string | undefined>(changed)) {
          if (!value || value === defaults[name as Names]) after.delete(name);
          else after.set(name, value);
        }
        return after;
      },
      { replace: true },
    );
  return [filters, change];
}
