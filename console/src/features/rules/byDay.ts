import type { Run } from "./queries";

export interface Day {
  day: string;
  passing: number;
  failing: number;
  /** Of accounts with an entry or a binding: newly hidden and newly shown by that day's feed. */
  hidden: number;
  shown: number;
}

/** The summary of the policy that applied to most accounts. */
function main({ shares, summaries }: Run): Run["summaries"][string] | undefined {
  const [version] = Object.keys(summaries).sort((one, other) => (shares[other] ?? 0) - (shares[one] ?? 0));
  return version === undefined ? undefined : summaries[version];
}

/** What applied feeds found, one for each day, oldest first: of several for a day the newest. */
export function byDay(newestFirst: Run[]): Day[] {
  const days = new Map<string, Day>();
  for (const run of newestFirst) {
    const summary = main(run);
    if (!summary || days.has(run.as_of)) continue;
    days.set(run.as_of, {
      day: run.as_of,
      passing: summary.passing,
      failing: summary.judged - summary.passing,
      hidden: "hidden" in run.watched ? run.watched.hidden : 0,
      shown: "shown" in run.watched ? run.watched.shown : 0,
    });
  }
  return [...days.values()].sort((one, other) => one.day.localeCompare(other.day));
}
