import type { Outcome, Resolver, System } from "./queries";

/** From one moment to a later one. */
export const milliseconds = (from: string, to: string): number =>
  new Date(to).getTime() - new Date(from).getTime();

type Value = Outcome["value"];

const SIGNS: Record<string, string> = { gte: "≥", gt: ">", lte: "≤", lt: "<", eq: "=", ne: "≠" };

/** `≥ 500`; the operators without a sign are told in words. */
export function threshold(outcome: Pick<Outcome, "op" | "threshold">, word: (key: string) => string): string {
  const { op } = outcome;
  const operands = Array.isArray(outcome.threshold) ? outcome.threshold : [outcome.threshold];
  const written = operands.filter((each) => each !== null).map((each) => said(each as Value, word));
  return [SIGNS[op] ?? word(`op.${op}`), written.join(", ")].filter(Boolean).join(" ");
}

/** A fact's value as people say it; a missing one counts as not met (E3). */
export function said(value: Value, word: (key: string) => string): string {
  if (value === null) return word("op.missing");
  if (typeof value === "boolean") return word(value ? "common:yes" : "common:no");
  return typeof value === "number" ? value.toLocaleString("en-US") : value;
}

/** How late the relay may be before that is said: what is told to nodes takes milliseconds. */
const LATE_MS = 2_000;
/** How many revisions a node in rotation may be behind before that is said. */
const BEHIND = 1_000;

export interface Sign {
  /** The key of its texts, which say what is wrong and what helps. */
  key: string;
  values?: Record<string, string | number>;
  isGrave: boolean;
}

/** What is wrong with the platform, the gravest first; empty where nothing is. */
export function signs(system: System, resolvers: Resolver[]): Sign[] {
  const found: Sign[] = [];
  const { nodes, outbox } = system;
  if (nodes.known === 0) found.push({ key: "noNodes", isGrave: true });
  else if (!system.is_relay_heard) found.push({ key: "unheard", isGrave: true });
  else if (nodes.in_rotation === 0) found.push({ key: "noneInRotation", isGrave: true });
  if ((outbox.oldest_age_ms ?? 0) > LATE_MS) {
    found.push({
      key: "relayLate",
      values: { count: outbox.waiting, seconds: Math.round((outbox.oldest_age_ms ?? 0) / 1000) },
      isGrave: true,
    });
  }
  for (const node of resolvers) {
    const { name, revisions_behind: behind } = node;
    // Where no node is heard at all, that is said once, not of each.
    if (!node.is_in_rotation && system.is_relay_heard) {
      const isHeard = milliseconds(node.seen_at, system.relay_heard_at ?? node.seen_at) < LATE_MS;
      const key = !isHeard ? "nodeGone" : behind === null ? "nodeLoading" : "nodeBehind";
      found.push({ key, values: { name, behind: behind ?? 0 }, isGrave: true });
    } else if (node.is_in_rotation && behind !== null && behind > BEHIND) {
      found.push({ key: "nodeSlow", values: { name, behind }, isGrave: false });
    }
    if (node.drift_found > 0) {
      found.push({
        key: node.drift_found > node.drift_mended ? "drift" : "driftMended",
        values: { name, found: node.drift_found, mended: node.drift_mended },
        isGrave: node.drift_found > node.drift_mended,
      });
    }
  }
  return found.sort((one, other) => Number(other.isGrave) - Number(one.isGrave));
}
