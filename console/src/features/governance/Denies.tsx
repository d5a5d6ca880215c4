import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Moment } from "@/ui/Moment";
import { StatusTag } from "@/ui/StatusTag";
import { DenyActions } from "./DenyActions";
import { HiddenAfter } from "./Hidden";
import type { Deny } from "./queries";
import { Target } from "./Target";

/** What waits for a second person to lift a deny: who proposed it, and why. */
export function Proposal({ deny }: { deny: Deny }) {
  const { t } = useTranslation("governance");
  if (!deny.proposal) return null;
  const { proposed_by_name, reason } = deny.proposal;
  return (
    <div className="proposal">
      <StatusTag of="proposal" status="proposed" /> {t("lift.proposedBy", { name: proposed_by_name, reason })}
    </div>
  );
}

/** The open denies that hide a thing, each with what can be done about it. */
export function OpenDenies({ denies }: { denies: Deny[] }) {
  const { t } = useTranslation("governance");
  if (denies.length === 0) return null;
  return (
    <Card title={t("deny.open")}>
      <ul className="plain-list denies">
        {denies.map((deny) => (
          <li key={deny.id}>
            <div className="stack tight">
              <div>
                <StatusTag of="deny" status={deny.status} /> <Target scope={deny.scope} target={deny.target} />
              </div>
              <p>{deny.reason}</p>
              <p className="muted">
                {t("by", { name: deny.created_by_name })} · <Moment at={deny.created_at} /> ·{" "}
                <HiddenAfter from={deny.accepted_at} to={deny.effective_at} />
              </p>
              <Proposal deny={deny} />
            </div>
            <div className="row">
              <DenyActions deny={deny} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
