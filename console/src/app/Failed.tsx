import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { PageFrame } from "@/ui/PageFrame";
import { Button } from "@/ui/semi";

/** An address that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation("app");
  return (
    <PageFrame title={t("notFound.title")}>
      <EmptyState title={t("notFound.text")}>
        <Link to="/">{t("notFound.home")}</Link>
      </EmptyState>
    </PageFrame>
  );
}

/** A page that failed by itself, or whose files could not be loaded (a new version was installed). */
export function Failed() {
  const { t } = useTranslation("app");
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <PageFrame title={t("failed.title")}>
      <div role="alert">
        <EmptyState title={t("failed.text")}>
          <Button onClick={() => globalThis.location.reload()}>{t("failed.reload")}</Button>
        </EmptyState>
      </div>
    </PageFrame>
  );
}
