import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import type { Content } from "./policy";
import { useCreateDraft } from "./queries";

/** Begins a draft with the content of a policy, and opens it. */
export function NewDraft({
  from,
  text,
  isPrimary = false,
}: {
  from: Content & { version: number };
  text: string;
  isPrimary?: boolean;
}) {
  const { t } = useTranslation("rules");
  const navigate = useNavigate();
  const create = useCreateDraft((draft) => void navigate(`/operate/drafts/${draft.id}`));
  const { account_types, facts, rules, version } = from;
  const note = t("drafts.noteFrom", { version });
  return (
    <div className="stack tight">
      <Button
        theme={isPrimary ? "solid" : "light"}
        type="primary"
        loading={create.isPending}
        onClick={() => create.mutate({ account_types, facts, rules, note })}
      >
        {text}
      </Button>
      {create.error && <Trouble error={create.error} />}
    </div>
  );
}
