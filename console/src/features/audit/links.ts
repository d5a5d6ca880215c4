/** The page of what an act was on, where there is one. */
export function linkOf(kind: string, id: string): string | undefined {
  const path = encodeURIComponent(id);
  switch (kind) {
    case "run":
      return `/operate/runs/${path}`;
    case "policy":
      return `/operate/policies/${path}`;
    case "policy_draft":
      return `/operate/drafts/${path}`;
    case "alarm":
      return "/operate/alarms";
    case "calendar":
      return `/operate/calendar?year=${path}`;
    case "account":
      return `/operate/accounts/${path}`;
    case "mini_program":
      return `/operate/mini-programs/${path}`;
    case "provider":
      return `/operate/providers?opened=${path}`;
    case "capability_application":
    case "landing_change":
      return `/review/${kind}/${path}`;
    default:
      return undefined;
  }
}
