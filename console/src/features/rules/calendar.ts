/** How a day counts: as its weekday says, or as the notice of the year says. */
export type DayKind = "working" | "weekend" | "off" | "make_up";

export interface YearDays {
  daysOff: Set<string>;
  makeUpDays: Set<string>;
}

const DAY_MS = 86_400_000;
const isoOf = (at: Date): string => at.toISOString().slice(0, 10);
const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** 0 is Monday. */
export const weekdayOf = (day: string): number => (dateOf(day).getUTCDay() + 6) % 7;
const isWeekend = (day: string): boolean => weekdayOf(day) > 4;

export function kindOf(day: string, { daysOff, makeUpDays }: YearDays): DayKind {
  if (daysOff.has(day)) return "off";
  if (makeUpDays.has(day)) return "make_up";
  return isWeekend(day) ? "weekend" : "working";
}

/** The days of a month, `2026-02-01` and on. */
export function daysOf(year: number, month: number): string[] {
  const days: string[] = [];
  for (let at = new Date(Date.UTC(year, month - 1, 1)); at.getUTCMonth() === month - 1; at = new Date(at.getTime() + DAY_MS)) {
    days.push(isoOf(at));
  }
  return days;
}

/** What a click on a day does: a weekday is off or not, a weekend day is worked or not. */
export function toggled(day: string, days: YearDays): YearDays {
  const daysOff = new Set(days.daysOff);
  const makeUpDays = new Set(days.makeUpDays);
  if (daysOff.delete(day) || makeUpDays.delete(day)) return { daysOff, makeUpDays };
  (isWeekend(day) ? makeUpDays : daysOff).add(day);
  return { daysOff, makeUpDays };
}

const RANGE = " ~ ";

/** Days as lines, those that follow each other as one: `2026-10-01 ~ 2026-10-07`. */
export function written(days: Iterable<string>): string {
  const lines: [string, string][] = [];
  for (const day of [...days].sort()) {
    const last = lines.at(-1);
    if (last && dateOf(day).getTime() - dateOf(last[1]).getTime() === DAY_MS) last[1] = day;
    else lines.push([day, day]);
  }
  return lines.map(([first, last]) => (first === last ? first : first + RANGE + last)).join("\n");
}

/** The days of lines as `written` writes them, and the lines that are none. */
export function read(text: string): { days: Set<string>; wrong: string[] } {
  const days = new Set<string>();
  const wrong: string[] = [];
  for (const line of text.split("\n").map((each) => each.trim()).filter(Boolean)) {
    const [first = "", last = first] = line.split("~").map((each) => each.trim());
    const [from, to] = [dateOf(first), dateOf(last)];
    const isRange = isDay(first) && isDay(last) && from <= to && to.getTime() - from.getTime() < 366 * DAY_MS;
    if (!isRange) wrong.push(line);
    else for (let at = from; at <= to; at = new Date(at.getTime() + DAY_MS)) days.add(isoOf(at));
  }
  return { days, wrong };
}

function isDay(text: string): boolean {
  const at = dateOf(text);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && isoOf(at) === text;
}
