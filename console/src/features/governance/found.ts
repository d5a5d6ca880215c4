import type { StatusOf } from "@/ui/StatusTag";
import type { Found } from "./queries";

type Kind = Found["kind"];

/** The kinds in the order in which they are listed: what is acted on first, its records last. */
const ORDER: readonly Kind[] = [
  "mini_program",
  "account",
  "legal_entity",
  "binding",
  "application",
  "landing_change",
  "deny",
  "takedown",
  "run",
  "policy",
  "policy_draft",
  "request",
  "audit_event",
];

/** Whose statuses a kind has; the others have none. */
export const STATUS_OF: Partial<Record<Kind, StatusOf>> = {
  mini_program: "program",
  binding: "binding",
  application: "application",
  landing_change: "change",
  deny: "deny",
  takedown: "takedown",
  run: "run",
  policy: "policy",
  policy_draft: "draft",
};

/** What was found by its kind, in the order of kinds; within one as the server ranked it. */
export function grouped(items: Found[]): [Kind, Found[]][] {
  return ORDER.map((kind): [Kind, Found[]] => [kind, items.filter((each) => each.kind === kind)]).filter(
    ([, found]) => found.length > 0,
  );
}

/** What Enter opens: the only thing that was found, or the only one of exactly this id. */
export function theOne(items: Found[], asked: string): Found | null {
  const exact = items.filter((each) => each.id === asked);
  const [only, ...others] = items.length > 1 ? exact : items;
  return only && others.length === 0 ? only : null;
}

export const programLink = (appId: string) => `/operate/mini-programs/${encodeURIComponent(appId)}`;
export const accountLink = (awemeId: string) => `/operate/accounts/${encodeURIComponent(awemeId)}`;
export const entityLink = (entityId: string) => `/operate/grants?${new URLSearchParams({ entity_id: entityId })}`;
export const auditLink = (wanted: Record<string, string>) => `/operate/audit?${new URLSearchParams(wanted)}`;

/** What is denied, as filters of the list of denies. */
function denyFilters({ aweme_id, app_id, entity_id }: Found): Record<string, string> {
  if (aweme_id) return { scope: "account", target: aweme_id };
  if (app_id) return { scope: "mini_program", target: app_id };
  if (entity_id) return { scope: "legal_entity", target: entity_id };
  return { scope: "global" };
}

/** The page of what was found. Review pages open for reviewers alone; others see what it is about. */
export function linkOf(found: Found, isReviewer: boolean): string {
  const { kind, id, app_id, aweme_id } = found;
  switch (kind) {
    case "mini_program":
      return programLink(id);
    case "account":
      return accountLink(id);
    case "legal_entity":
      return entityLink(id);
    case "binding":
      return programLink(app_id ?? "");
    case "application":
      return isReviewer ? `/review/capability_application/${id}` : programLink(app_id ?? "");
    case "landing_change":
      return isReviewer ? `/review/landing_change/${id}` : accountLink(aweme_id ?? "");
    case "deny":
      return `/operate/denies?${new URLSearchParams(denyFilters(found))}`;
    case "takedown":
      return `/operate/takedowns?${new URLSearchParams({ id })}`;
    case "run":
      return `/operate/runs/${id}`;
    case "policy":
      return `/operate/policies/${id}`;
    case "policy_draft":
      return `/operate/drafts/${id}`;
    case "request":
      return auditLink({ request_id: id });
    case "audit_event":
      return auditLink({ verb: found.name });
  }
}
