import type { ReactNode } from "react";
import { Skeleton } from "./semi";
import { Trouble } from "./Trouble";

/** What was asked for: a skeleton while it comes, what to do where it did not, else its children. */
export function Loaded<T>({
  query,
  children,
  rows = 4,
}: {
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  children: (data: T) => ReactNode;
  /** How many lines the skeleton shows. */
  rows?: number;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Trouble error={query.error} onRetry={() => void query.refetch()} />;
  return <Skeleton active loading placeholder={<Skeleton.Paragraph rows={rows} />} />;
}
