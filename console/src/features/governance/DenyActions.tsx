import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Button } from "@/ui/semi";
import { Impact, useKnownImpact } from "./Impact";
import { useAnswerLift, useLift, type Deny } from "./queries";
import { Target } from "./Target";

type Verb = "lift" | "confirm_lift" | "cancel_lift";
const VERBS: Verb[] = ["lift", "confirm_lift", "cancel_lift"];

/** What can be done with a deny: lift it, or have the lift of a wider one confirmed by another. */
export function DenyActions({ deny }: { deny: Deny }) {
  const { t } = useTranslation("governance");
  const [asked, setAsked] = useState<Verb | null>(null);
  const close = () => setAsked(null);
  const lift = useLift(deny.id, { onDone: close });
  const confirm = useAnswerLift(deny.id, "confirm-lift", { onDone: close });
  const cancel = useAnswerLift(deny.id, "cancel-lift", { onDone: close });
  const { impact } = useKnownImpact(deny.scope, deny.target, asked === "confirm_lift");
  const isProposal = deny.scope !== "account";
  const names: Record<Verb, string> = {
    lift: t(isProposal ? "lift.propose" : "lift.now"),
    confirm_lift: t("lift.confirm"),
    cancel_lift: t(deny.available_actions.includes("confirm_lift") ? "lift.turnDown" : "lift.takeBack"),
  };
  const proposal = deny.proposal && (
    <p>{t("lift.proposedBy", { name: deny.proposal.proposed_by_name, reason: deny.proposal.reason })}</p>
  );
  return (
    <>
      {VERBS.filter((verb) => deny.available_actions.includes(verb)).map((verb) => (
        <Button key={verb} theme="borderless" onClick={() => setAsked(verb)}>
          {names[verb]}
        </Button>
      ))}
      <ActDialog
        isOpen={asked === "lift"}
        title={names.lift}
        verb={names.lift}
        act={lift}
        onClose={close}
        needsReason
      >
        <p>
          <Target scope={deny.scope} target={deny.target} />
        </p>
        <p className="muted">{t(isProposal ? "lift.proposeText" : "lift.nowText")}</p>
      </ActDialog>
      <ActDialog
        isOpen={asked === "confirm_lift"}
        title={names.confirm_lift}
        verb={names.confirm_lift}
        act={confirm}
        onClose={close}
        canConfirm={impact.isSuccess}
      >
        <p>
          <Target scope={deny.scope} target={deny.target} />
        </p>
        {proposal}
        <Impact impact={impact} isLift />
      </ActDialog>
      <ActDialog
        isOpen={asked === "cancel_lift"}
        title={names.cancel_lift}
        verb={names.cancel_lift}
        act={cancel}
        onClose={close}
      >
        {proposal}
        <p className="muted">{t("lift.cancelText")}</p>
      </ActDialog>
    </>
  );
}
