import type { ReactNode } from "react";
import { useHref, useLinkClickHandler } from "react-router";

/** A link that looks like a button: it leads somewhere, it does nothing. */
export function LinkButton({
  to,
  children,
  isPrimary = false,
}: {
  to: string;
  children: ReactNode;
  isPrimary?: boolean;
}) {
  const href = useHref(to);
  const follow = useLinkClickHandler(to);
  const kind = isPrimary ? "semi-button-primary semi-button-solid" : "semi-button-primary semi-button-light";
  return (
    <a href={href} onClick={follow} className={`link-button semi-button ${kind}`}>
      {children}
    </a>
  );
}
