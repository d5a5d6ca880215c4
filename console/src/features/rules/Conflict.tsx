import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Differences } from "@/ui/Differences";
import { Moment } from "@/ui/Moment";
import { Button } from "@/ui/semi";
import { differencesOf } from "./conflict";
import { editedOf, type Edited } from "./policy";
import type { Draft } from "./queries";

/** Somebody else saved the draft while it was edited here: both, and which is to stay. */
export function Conflict({
  draft,
  mine,
  onTakeTheirs,
  onKeepMine,
}: {
  draft: Draft;
  mine: Edited;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}) {
  const { t } = useTranslation("rules");
  return (
    <div role="alert">
      <Card title={t("conflict.title", { who: draft.updated_by_name })}>
        <p>
          {t("conflict.text", { revision: draft.revision, mine: mine.revision })} <Moment at={draft.updated_at} />
        </p>
        <Differences
          rows={differencesOf(editedOf(draft), mine, (name, values) => t(`conflict.field.${name}`, values))}
          before={t("conflict.theirs", { who: draft.updated_by_name })}
          after={t("conflict.mine")}
        />
        <div className="row end">
          <Button onClick={onTakeTheirs}>{t("conflict.takeTheirs")}</Button>
          <Button theme="solid" type="primary" onClick={onKeepMine}>
            {t("conflict.keepMine")}
          </Button>
        </div>
      </Card>
    </div>
  );
}
