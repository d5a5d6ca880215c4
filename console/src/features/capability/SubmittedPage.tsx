import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { useAppId } from "@/api/app";
import { Card } from "@/ui/Card";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, Skeleton } from "@/ui/semi";
import { Progress } from "./ApplicationCard";
import { useCapability } from "./queries";

/** The application is in: when it is due, and what happens next (C3). Once decided, there is nothing to say here. */
export function Component() {
  const { t } = useTranslation("capability");
  const capability = useCapability();
  const mount = `/apps/${useAppId()}/mount`;
  return (
    <Loaded query={capability}>
      {({ latest_application: application }) =>
        application?.status === "in_review" ? (
          <PageFrame title={t("submitted.title")} crumbs={[{ text: t("title"), to: mount }]}>
            <Banner
              type="success"
              closeIcon={null}
              fullMode={false}
              title={t(application.due_is_estimated ? "submitted.dueEstimated" : "submitted.due", {
                day: application.due_on,
              })}
              description={t("submitted.workingDays")}
            />
            <Card title={t("application.title")}>
              <Progress application={application} />
            </Card>
            <Card title={t("submitted.nextTitle")}>
              <ul className="bullets">
                <li>{t("submitted.message")}</li>
                <li>{t("submitted.withdraw")}</li>
                <li>{t("submitted.afterwards")}</li>
              </ul>
              <div className="row">
                <LinkButton to={mount} isPrimary>
                  {t("submitted.back")}
                </LinkButton>
                <LinkButton to="/inbox">{t("submitted.inbox")}</LinkButton>
              </div>
            </Card>
          </PageFrame>
        ) : capability.isFetching ? (
          // What is known may be from before the submission.
          <Skeleton active loading placeholder={<Skeleton.Paragraph rows={4} />} />
        ) : (
          <Navigate to={mount} replace />
        )
      }
    </Loaded>
  );
}
