import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Field } from "@/ui/Field";
import { Moment } from "@/ui/Moment";
import { Button, InputNumber } from "@/ui/semi";
import { useSetLimit, type OnSurface } from "./queries";

type Limit = "brand" | "employee" | "unbinds";
const MOST = 100_000;

interface Row {
  limit: Limit;
  used: number;
  quota: number;
  left: number;
}

/** How many bindings and unbinds a mini program may have, and how many of them it used (B4, B6). */
export function Limits({ appId, on }: { appId: string; on: OnSurface }) {
  const { t } = useTranslation("governance");
  const rows: Row[] = [
    ...on.quotas.map(({ kind, ...rest }) => ({ limit: kind as Limit, ...rest })),
    { limit: "unbinds", ...on.unbinds },
  ];
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">{t("limit.limit")}</th>
          <th scope="col">{t("limit.used")}</th>
          <th scope="col">{t("limit.left")}</th>
          <th scope="col">{t("limit.quota")}</th>
          <th scope="col">{t("common:actions")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.limit}>
            <th scope="row">
              {t(`limit.of.${row.limit}`, { month: on.unbinds.month })}
              {row.limit === "unbinds" && on.unbinds.next_at && (
                <p className="muted">
                  {t("limit.nextAt")} <Moment at={on.unbinds.next_at} />
                </p>
              )}
            </th>
            <td>{row.used}</td>
            <td>{row.left}</td>
            <td>{row.quota}</td>
            <td>
              <SetLimit appId={appId} surface={on.surface} row={row} month={on.unbinds.month} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function SetLimit({ appId, surface, row, month }: { appId: string; surface: string; row: Row; month: string }) {
  const { t } = useTranslation("governance");
  const [isOpen, setOpen] = useState(false);
  const [quota, setQuota] = useState(row.quota);
  const act = useSetLimit({ app_id: appId, surface }, row.limit, { onDone: () => setOpen(false) });
  const name = t(`limit.of.${row.limit}`, { month });
  const isBelow = row.limit !== "unbinds" && quota < row.used;
  return (
    <>
      <Button
        theme="borderless"
        aria-label={t("limit.editOf", { name })}
        onClick={() => {
          setQuota(row.quota);
          setOpen(true);
        }}
      >
        {t("limit.edit")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("limit.editOf", { name })}
        verb={t("common:save")}
        act={{ ...act, mutate: ({ reason }) => act.mutate({ quota, reason }) }}
        onClose={() => setOpen(false)}
        needsReason
        canConfirm={quota !== row.quota}
      >
        <p>{t("limit.now", { used: row.used, quota: row.quota })}</p>
        <Field
          label={t("limit.new")}
          isRequired
          help={t(row.limit === "unbinds" ? "limit.unbindsHelp" : "limit.quotaHelp")}
          error={act.error?.at("quota") ?? (isBelow ? t("limit.below", { used: row.used }) : undefined)}
        >
          {(control) => (
            <InputNumber
              {...control}
              value={quota}
              min={0}
              max={MOST}
              precision={0}
              onNumberChange={(value) => setQuota(value)}
            />
          )}
        </Field>
      </ActDialog>
    </>
  );
}
