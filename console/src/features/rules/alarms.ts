import type { Schemas } from "@/api/client";
import type { Alarm } from "./queries";

/** What an alarm's detail may say: each kind has some of it. */
export function detailOf(alarm: Alarm) {
  const detail = alarm.detail as {
    run?: string;
    as_of?: string;
    code?: string;
    reasons?: Schemas["BreakerReasonOut"][];
  };
  return { run: detail.run, day: detail.as_of ?? alarm.key, code: detail.code, reasons: detail.reasons ?? [] };
}

/** The page of what an alarm is about. */
export function placeOf(alarm: Alarm): string | null {
  switch (alarm.kind) {
    case "run_held":
      return `/operate/runs/${alarm.key}`;
    case "policy_feed_missing":
      return `/operate/policies/${alarm.key}`;
    case "feed_late":
      return "/operate/runs?kind=feed";
    default: {
      const { run } = detailOf(alarm);
      return run ? `/operate/runs/${run}` : null;
    }
  }
}

export const standingOf = (alarm: Alarm): "raised" | "acknowledged" | "cleared" =>
  alarm.cleared_at ? "cleared" : alarm.acknowledged_at ? "acknowledged" : "raised";
