/** Everything happens in Shanghai: due dates, months of quotas and days of facts are counted there. */
const ZONE = "Asia/Shanghai";

const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** `2026-11-22 22:24:33` in Shanghai. */
export function exact(at: string | Date): string {
  const found = Object.fromEntries(parts.formatToParts(new Date(at)).map((p) => [p.type, p.value]));
  return `${found.year}-${found.month}-${found.day} ${found.hour}:${found.minute}:${found.second}`;
}

/** `2026-11-22 22:24` in Shanghai. */
export const minute = (at: string | Date): string => exact(at).slice(0, -3);

/** The day in Shanghai, `2026-11-22`. */
export const day = (at: string | Date): string => exact(at).slice(0, 10);

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** `3 minutes ago`, `in 2 days`, in the reader's language. */
export function relative(at: string | Date, now: Date, language: string): string {
  const seconds = Math.round((new Date(at).getTime() - now.getTime()) / 1000);
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return format.format(Math.trunc(seconds / size), unit);
}

/** `09:58` of minutes and seconds left; `0:00` when over. */
export function countdown(until: string | Date, now: Date): string {
  const left = Math.max(0, Math.ceil((new Date(until).getTime() - now.getTime()) / 1000));
  const hours = Math.floor(left / 3600);
  const rest = `${String(Math.floor((left % 3600) / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
  return hours ? `${hours}:${rest}` : rest;
}
