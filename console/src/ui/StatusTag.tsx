import { useTranslation } from "react-i18next";
import { Tag, type TagColor } from "./semi";

/** What a status says at a glance; the only place where statuses meet colours. */
type Tone = "good" | "waiting" | "bad" | "attention" | "over";

const COLOURS: Record<Tone, TagColor> = {
  good: "green",
  waiting: "blue",
  bad: "red",
  attention: "amber",
  over: "grey",
};

const TONES = {
  application: { in_review: "waiting", approved: "good", rejected: "bad", withdrawn: "over" },
  capability: {
    can_apply: "waiting",
    cannot_apply: "attention",
    in_review: "waiting",
    rejected: "bad",
    granted: "good",
    revoked: "bad",
  },
  binding: {
    awaiting_consent: "waiting",
    active: "good",
    refused: "bad",
    cancelled: "over",
    expired: "over",
    ended: "over",
    lapsed: "over",
  },
  change: { in_review: "waiting", approved: "good", rejected: "bad", withdrawn: "over" },
  program: { online: "good", offline: "bad" },
  entry: { shown: "good", hidden: "attention" },
  claim: { free: "over", mine: "waiting", claimed: "attention" },
  due: { overdue: "bad", today: "attention", later: "over" },
  deny: { active: "bad", lifted: "over" },
  takedown: { accepted: "waiting", effective: "good" },
  resolver: { in_rotation: "good", out_of_rotation: "bad" },
  policy: { in_force: "good", scheduled: "waiting", superseded: "over" },
  draft: { draft: "waiting", scheduled: "good", discarded: "over" },
  dryRun: { waiting: "waiting", running: "waiting", done: "good", failed: "bad" },
  run: {
    evaluating: "waiting",
    refused: "bad",
    failed: "bad",
    held: "attention",
    applying: "waiting",
    rejected: "over",
    superseded: "over",
    applied: "good",
  },
  proposal: {
    proposed: "waiting",
    confirmed: "good",
    withdrawn: "over",
    expired: "over",
    cancelled: "over",
  },
  alarm: { raised: "bad", acknowledged: "attention", cleared: "good" },
  condition: { met: "good", unmet: "bad" },
  judgement: { passed: "good", failed: "bad", not_judged_yet: "attention" },
  provider: { enabled: "good", disabled: "over" },
  webhook: { none: "over", verifying: "waiting", failed: "bad", enabled: "good", disabled: "attention" },
  delivery: { waiting: "waiting", delivered: "good", dead: "bad" },
  mail: { confirmed: "good", unconfirmed: "attention" },
  link: { usable: "good", page_missing: "bad", removed: "over" },
} as const satisfies Record<string, Record<string, Tone>>;

export type StatusOf = keyof typeof TONES;

/** The kinds of things that have statuses, and their statuses: for the test that all have a text. */
export const STATUSES: Record<StatusOf, Record<string, Tone>> = TONES;

/** The status of a thing of the kind `of`, in its one colour. */
export function StatusTag({ of, status }: { of: StatusOf; status: string }) {
  const { t } = useTranslation("status");
  return <Tag color={COLOURS[STATUSES[of][status] ?? "over"]}>{t(`${of}.${status}`)}</Tag>;
}
