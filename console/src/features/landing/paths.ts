import type { Place } from "./queries";

/** The management page of a mini program. */
export const listOf = (appId: string): string => `/apps/${appId}/pages`;

/** The page on which a record is modified, or the one that says why it is not shown. */
export function pathOf({ appId, awemeId }: Place, page?: "why"): string {
  const own = `${listOf(appId)}/${encodeURIComponent(awemeId)}`;
  return page ? `${own}/${page}` : own;
}

/** The profile page as visitors see it. */
export const profileOf = (awemeId: string): string => `/p/${encodeURIComponent(awemeId)}`;
