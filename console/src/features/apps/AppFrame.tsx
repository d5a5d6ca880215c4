import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useApp, type App } from "@/api/app";
import { asProblem } from "@/api/problem";
import { EmptyState } from "@/ui/EmptyState";
import { Identifier } from "@/ui/Identifier";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Picture } from "@/ui/Picture";
import { SideNav } from "@/ui/SideNav";
import { StatusTag } from "@/ui/StatusTag";

/** A mini program's pages by what they are about. */
const GROUPS = {
  capability: ["mount"],
  entries: ["accounts", "pages", "links"],
  developing: ["credential", "webhook", "providers"],
  team: ["members"],
} as const;

/** One mini program: what it is, and the way to each of its pages. */
export function Component() {
  const { t } = useTranslation("apps");
  const app = useApp();
  if (!app.data && app.error && asProblem(app.error).status === 404) {
    return (
      <PageFrame title={t("notFound.title")}>
        <EmptyState title={t("notFound.text")}>
          <Link to="/apps">{t("notFound.back")}</Link>
        </EmptyState>
      </PageFrame>
    );
  }
  return app.data ? (
    <Pages app={app.data} />
  ) : (
    <div className="page">
      <Loaded query={app}>{() => null}</Loaded>
    </div>
  );
}

function Pages({ app }: { app: App }) {
  const { t } = useTranslation("apps");
  const groups = Object.entries(GROUPS).map(([group, pages]) => ({
    title: t(`group.${group}`),
    links: pages.map((page) => ({ to: `/apps/${app.app_id}/${page}`, text: t(`page.${page}`) })),
  }));
  return (
    <>
      <section className="app-head" aria-label={t("miniProgram")}>
        <Picture name={app.name} url={app.icon_url} size={44} />
        <div>
          <div className="row tight">
            <Link to="/apps">{t("title")}</Link>
            <span aria-hidden>/</span>
            <strong>{app.name}</strong>
            <StatusTag of="program" status={app.is_online ? "online" : "offline"} />
          </div>
          <div className="row muted">
            <Identifier id={app.app_id} />
            <span>{app.entity_name}</span>
            <span>{t("creditScore", { score: app.credit_score })}</span>
            <span>{app.version ? t("publishedVersion", { version: app.version }) : t("unpublished")}</span>
          </div>
        </div>
      </section>
      <SideNav label={app.name} groups={groups} />
    </>
  );
}
