import type { Message } from "./queries";

/** Where a message leads: the page on which its reader sees, or mends, what it tells. */
export function linkOf(message: Message): string | null {
  const { app_id: app, aweme_id: account } = message.values as Record<string, string | undefined>;
  if (!app) return null;
  if (message.kind === "webhook_disabled") return `/apps/${app}/webhook`;
  switch (message.subject.kind) {
    case "capability_application":
    case "capability_grant":
      return `/apps/${app}/mount`;
    case "binding":
      return `/apps/${app}/accounts`;
    case "landing_change":
      return account ? `/apps/${app}/pages/${account}?history=1` : `/apps/${app}/pages`;
    default:
      return account ? `/apps/${app}/pages/${account}/why` : `/apps/${app}/pages`;
  }
}
