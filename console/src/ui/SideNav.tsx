import { NavLink, Outlet } from "react-router";

export interface SideGroup {
  title: string;
  links: { to: string; text: string; isExact?: boolean }[];
}

/** A workplace with its pages on the left. */
export function SideNav({ label, groups }: { label: string; groups: SideGroup[] }) {
  return (
    <div className="side">
      <nav aria-label={label}>
        {groups.map((group) => (
          <section key={group.title}>
            <h2>{group.title}</h2>
            {group.links.map((link) => (
              <NavLink key={link.to} to={link.to} end={link.isExact ?? false}>
                {link.text}
              </NavLink>
            ))}
          </section>
        ))}
      </nav>
      <Outlet />
    </div>
  );
}
