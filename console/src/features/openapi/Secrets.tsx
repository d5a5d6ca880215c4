import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { EmptyState } from "@/ui/EmptyState";
import { Field } from "@/ui/Field";
import { Moment } from "@/ui/Moment";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, InputNumber } from "@/ui/semi";
import { IssuedSecret, type Issued } from "./IssuedSecret";
import { useCreateSecret, useEndSecret, type Owner, type Secret } from "./queries";

/** How many secrets may be live at once, and for how long the older one can be kept, in hours. */
const MOST = 2;
const LONGEST_HOURS = 168;
const USUAL_HOURS = 24;

/** The secrets of a credential: two while one takes the other's place. */
export function Secrets({
  owner,
  clientKey,
  secrets,
  canCreate,
}: {
  owner: Owner;
  clientKey: string;
  secrets: Secret[];
  canCreate: boolean;
}) {
  const { t } = useTranslation("openapi");
  const [issued, setIssued] = useState<Issued | null>(null);
  const create = (
    <NewSecret owner={owner} secrets={secrets} onIssued={(secret) => setIssued({ client_key: clientKey, secret })} />
  );
  return (
    <div className="stack">
      {secrets.length === 0 ? (
        <EmptyState title={t("secret.none.title")}>
          <div className="stack tight">
            <p>{t("secret.none.text")}</p>
            {canCreate && <p>{create}</p>}
          </div>
        </EmptyState>
      ) : (
        <>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t("secret.hint")}</th>
                <th scope="col">{t("secret.createdAt")}</th>
                <th scope="col">{t("secret.createdBy")}</th>
                <th scope="col">{t("secret.lastUsed")}</th>
                <th scope="col">{t("secret.until")}</th>
                <th scope="col">{t("common:actions")}</th>
              </tr>
            </thead>
            <tbody>
              {secrets.map((secret) => (
                <tr key={secret.id}>
                  <th scope="row" className="identifier">
                    {secret.hint}
                  </th>
                  <td>
                    <Moment at={secret.created_at} />
                  </td>
                  <td>{secret.created_by_name}</td>
                  <td>{secret.last_used_at ? <Moment at={secret.last_used_at} /> : t("secret.neverUsed")}</td>
                  <td>{secret.expires_at ? <Moment at={secret.expires_at} /> : t("secret.byHand")}</td>
                  <td>
                    <EndSecret owner={owner} secret={secret} isLast={secrets.length === 1} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className="row">
            {canCreate && create}
            {secrets.length >= MOST && <p className="muted">{t("secret.two")}</p>}
          </div>
        </>
      )}
      <IssuedSecret issued={issued} onClose={() => setIssued(null)} />
    </div>
  );
}

type Way = "byHand" | "hours";

function NewSecret({
  owner,
  secrets,
  onIssued,
}: {
  owner: Owner;
  secrets: Secret[];
  onIssued: (secret: string) => void;
}) {
  const { t } = useTranslation("openapi");
  const [isOpen, setOpen] = useState(false);
  const [way, setWay] = useState<Way>("byHand");
  const [hours, setHours] = useState<number | undefined>(USUAL_HOURS);
  const create = useCreateSecret(owner, {
    onDone: ({ secret }) => {
      setOpen(false);
      onIssued(secret);
    },
  });
  const older = secrets[0];
  const isHoursGood = hours !== undefined && Number.isInteger(hours) && hours >= 0 && hours <= LONGEST_HOURS;
  const keepsFor = older && way === "hours" ? hours : undefined;
  return (
    <>
      <Button theme="solid" onClick={() => setOpen(true)}>
        {t("secret.new")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("secret.new")}
        verb={t("secret.create")}
        act={{ ...create, mutate: () => create.mutate(keepsFor ?? null) }}
        onClose={() => setOpen(false)}
        canConfirm={!older || way === "byHand" || isHoursGood}
        width={520}
      >
        <p>{t("secret.newText")}</p>
        {older && (
          <>
            <RadioGroup
              direction="vertical"
              aria-label={t("secret.older", { hint: older.hint })}
              value={way}
              onChange={(event) => setWay(event.target.value as Way)}
              options={[
                { value: "byHand", label: t("secret.way.byHand"), extra: t("secret.way.byHandText", { hint: older.hint }) },
                { value: "hours", label: t("secret.way.hours"), extra: t("secret.way.hoursText", { hint: older.hint }) },
              ]}
            />
            {way === "hours" && (
              <Field
                label={t("secret.hours")}
                help={t("secret.hoursHelp", { longest: LONGEST_HOURS })}
                error={isHoursGood ? undefined : t("secret.hoursWrong", { longest: LONGEST_HOURS })}
              >
                {(control) => (
                  <InputNumber
                    {...control}
                    value={hours ?? ""}
                    onChange={(next) => setHours(typeof next === "number" ? next : undefined)}
                    max={LONGEST_HOURS}
                    min={0}
                  />
                )}
              </Field>
            )}
          </>
        )}
      </ActDialog>
    </>
  );
}

function EndSecret({ owner, secret, isLast }: { owner: Owner; secret: Secret; isLast: boolean }) {
  const { t } = useTranslation("openapi");
  const [isOpen, setOpen] = useState(false);
  const end = useEndSecret(owner, secret.id, () => setOpen(false));
  const isApp = "app_id" in owner;
  return (
    <>
      <Button
        theme="borderless"
        type="danger"
        onClick={() => setOpen(true)}
        aria-label={t("secret.endOf", { hint: secret.hint })}
      >
        {t("secret.end")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("secret.endTitle", { hint: secret.hint })}
        verb={t("secret.end")}
        act={end}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("secret.endText")}</p>
        <p>
          {secret.last_used_at ? (
            <>
              {t("secret.lastUsed")} <Moment at={secret.last_used_at} />
            </>
          ) : (
            t("secret.endUnused")
          )}
        </p>
        {isLast && <p className="impact">{t(isApp ? "secret.endLastApp" : "secret.endLastProvider")}</p>}
        {!isLast && isApp && <p className="muted">{t("secret.endSigning")}</p>}
      </ActDialog>
    </>
  );
}
