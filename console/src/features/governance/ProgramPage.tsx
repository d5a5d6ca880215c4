import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card } from "@/ui/Card";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Button } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { Capability } from "./Capability";
import { OpenDenies } from "./Denies";
import { DenyDialog, type Denied } from "./DenyDialog";
import { auditLink, entityLink } from "./found";
import { useGrants, useProgram, useSurfaceNames, type Program } from "./queries";

/** A mini program as operators see it, and what they can do about it. */
export function Component() {
  const { t } = useTranslation("governance");
  const { appId = "" } = useParams();
  const program = useProgram(appId);
  return (
    <PageFrame
      title={program.data?.name ?? t("kind.mini_program")}
      crumbs={[{ text: t("find.title"), to: "/operate/find" }, { text: t("kind.mini_program") }]}
      note={<Identifier id={appId} />}
      actions={program.data && <Acts program={program.data} />}
    >
      <Loaded query={program} rows={10}>
        {(found) => <Overview program={found} />}
      </Loaded>
    </PageFrame>
  );
}

function Acts({ program }: { program: Program }) {
  const { t } = useTranslation("governance");
  const [asked, setAsked] = useState<Denied["scope"] | null>(null);
  const { app_id, name, entity, denies } = program;
  const isEntityDenied = denies.some((deny) => deny.scope === "legal_entity");
  const choices: (Denied & { isOffered: boolean })[] = [
    { scope: "mini_program", target: app_id, name, isOffered: program.available_actions.includes("deny") },
    { scope: "legal_entity", target: entity.entity_id, name: entity.name, isOffered: !isEntityDenied },
  ];
  return choices.map(({ isOffered, ...what }) => (
    <Fragment key={what.scope}>
      {isOffered && (
        <Button type="danger" onClick={() => setAsked(what.scope)}>
          {t(`deny.button.${what.scope}`)}
        </Button>
      )}
      <DenyDialog what={what} isOpen={asked === what.scope} onClose={() => setAsked(null)} />
    </Fragment>
  ));
}

function Overview({ program }: { program: Program }) {
  const { t } = useTranslation("governance");
  const surfaceName = useSurfaceNames();
  const { app_id, entity } = program;
  const grants = useGrants({ status: "", flagged: "", app_id, entity_id: "" });
  return (
    <>
      <OpenDenies denies={program.denies} />
      <Card title={t("program.about")}>
        <Facts
          facts={[
            [
              t("program.entity"),
              <Link key="entity" to={entityLink(entity.entity_id)}>
                {entity.name}
              </Link>,
            ],
            [
              t("program.online"),
              <StatusTag key="online" of="program" status={program.is_online ? "online" : "offline"} />,
            ],
            [t("program.credit"), program.credit_score],
            [t("program.version"), program.version ?? t("common:none")],
            [t("program.industry"), program.industry],
            [
              t("audit"),
              <Link key="audit" to={auditLink({ subject_kind: "mini_program", subject_id: app_id })}>
                {t("seeAudit")}
              </Link>,
            ],
          ]}
        />
      </Card>
      {grants.error !== null && <Trouble error={grants.error} onRetry={grants.retry} />}
      {program.surfaces.map((on) => (
        <Capability
          key={on.surface}
          appId={app_id}
          name={surfaceName(on.surface)}
          on={on}
          grant={grants.rows.find((each) => each.surface === on.surface)}
        />
      ))}
    </>
  );
}
