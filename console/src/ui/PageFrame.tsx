import { useEffect, useRef, type ReactNode } from "react";
import { Link } from "react-router";

export interface Crumb {
  text: string;
  to?: string;
}

/** A page: where it is, its one heading, what can be done on it, and its content. */
export function PageFrame({
  title,
  crumbs = [],
  actions,
  note,
  children,
}: {
  title: string;
  /** The way here, outermost first, without the page itself. */
  crumbs?: Crumb[];
  actions?: ReactNode;
  /** One sentence under the heading. */
  note?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · 挂载 Guazai`;
  }, [title]);
  return (
    <article className="page">
      {crumbs.length > 0 && (
        <nav className="crumbs" aria-label="breadcrumb">
          <ol>
            {crumbs.map(({ text, to }) => (
              <li key={text}>{to ? <Link to={to}>{text}</Link> : text}</li>
            ))}
          </ol>
        </nav>
      )}
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {note && <div className="muted">{note}</div>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </article>
  );
}
