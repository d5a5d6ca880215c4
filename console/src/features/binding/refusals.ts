/** Where a refusal is mended, if that is in the console. */
type Link = (app: string, kind: string) => string;

const list =
  (status: string): Link =>
  (app, kind) =>
    `/apps/${app}/accounts?kind=${kind}&status=${status}`;

/** Every refusal of a request for a binding that has words of its own, by its code. */
export const REFUSALS: Partial<Record<string, Link | "elsewhere">> = {
  capability_not_granted: (app) => `/apps/${app}/mount`,
  cooperation_not_supported: "elsewhere",
  account_not_found: "elsewhere",
  enterprise_needs_support: "elsewhere",
  account_not_tied: "elsewhere",
  quota_reached: list("awaiting_consent"),
  already_bound: list("active"),
  binding_in_progress: list("awaiting_consent"),
  too_many_open_requests: "elsewhere",
  cooling_down: "elsewhere",
  blocked_by_owner: "elsewhere",
};
