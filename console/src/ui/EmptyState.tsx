import type { ReactNode } from "react";

/** Nothing here yet: what would be here, and how it comes. */
export function EmptyState({
  title,
  children,
}: {
  title: string;
  /** What to do, with its button or link. */
  children?: ReactNode;
}) {
  return (
    <div className="empty-state">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-hint">{children}</div>}
    </div>
  );
}
