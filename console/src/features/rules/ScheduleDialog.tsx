import { IconDelete } from "@douyinfe/semi-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey } from "@/api/keys";
import type { Problem } from "@/api/problem";
import { ActDialog } from "@/ui/ActDialog";
import { Field } from "@/ui/Field";
import { LocalTime } from "@/ui/LocalTime";
import { RadioGroup } from "@/ui/RadioGroup";
import { Banner, Button, InputNumber, Radio } from "@/ui/semi";
import { errorAt, translated } from "./policy";
import { useSchedule, type Draft, type DryRun, type Report } from "./queries";
import { useWords } from "./texts";

type Way = "all" | "usual" | "own";

interface OwnStage {
  key: string;
  percent: number;
  at: string;
}

const FIRST = 1;
const LAST = 100;

/** When a draft takes effect, and for whom first; says once more what the dry run found. */
export function ScheduleDialog({
  isOpen,
  draft,
  dryRun,
  report,
  onClose,
}: {
  isOpen: boolean;
  draft: Draft;
  dryRun: DryRun;
  report: Report;
  onClose: () => void;
}) {
  const { t } = useTranslation("rules");
  const [at, setAt] = useState("");
  const [way, setWay] = useState<Way>("all");
  const [stages, setStages] = useState<OwnStage[]>(() => [
    { key: newKey(), percent: FIRST, at: "" },
    { key: newKey(), percent: LAST, at: "" },
  ]);
  const schedule = useSchedule(draft.id, onClose);
  const problem = schedule.error && translated(schedule.error, (code) => t(`fault.${code}`, { defaultValue: "" }));
  // The first stage begins when the policy does: one time is asked for.
  const own = stages.map((stage, place) => ({ percent: stage.percent, at: place === 0 ? at : stage.at }));
  const send = ({ reason }: { reason: string }) =>
    schedule.mutate({
      effective_at: at,
      staged: way === "usual",
      stages: way === "own" ? own : null,
      reason,
    });
  return (
    <ActDialog
      isOpen={isOpen}
      title={t("schedule.title")}
      verb={t("schedule.confirm")}
      act={{ mutate: send, isPending: schedule.isPending, error: problem, reset: schedule.reset }}
      onClose={onClose}
      needsReason
      canConfirm={at !== "" && (way !== "own" || own.every((stage) => stage.at !== ""))}
      width={640}
    >
      <Found report={report} draft={draft} dryRun={dryRun} />
      <Field
        label={t("schedule.at")}
        help={t("schedule.atHelp")}
        error={errorAt(problem, "/effective_at") ?? inPast(problem)}
        isRequired
      >
        {(control) => <LocalTime {...control} value={at} onChange={setAt} />}
      </Field>
      <RadioGroup
        direction="vertical"
        value={way}
        onChange={(event) => setWay(event.target.value as Way)}
        aria-label={t("schedule.way")}
      >
        <Radio value="all" extra={t("schedule.allText")}>
          {t("schedule.all")}
        </Radio>
        <Radio value="usual" extra={t("schedule.usualText")}>
          {t("schedule.usual")}
        </Radio>
        <Radio value="own" extra={t("schedule.ownText")}>
          {t("schedule.own")}
        </Radio>
      </RadioGroup>
      {way === "own" && <OwnStages at={at} stages={stages} problem={problem} onChange={setStages} />}
    </ActDialog>
  );
}

const inPast = (problem: Problem | null) => (problem?.code === "policy_in_past" ? problem.body.detail : undefined);

/** What the dry run of exactly this content said. */
function Found({ report, draft, dryRun }: { report: Report; draft: Draft; dryRun: DryRun }) {
  const { t, i18n } = useTranslation("rules");
  const { reason } = useWords();
  const { live, hide, show, by_rule: rules } = report.entries;
  const count = (number: number) => number.toLocaleString(i18n.language);
  const rising = rules.filter((row) => row.failing_then !== row.failing_now);
  return (
    <Banner
      type={hide > 0 ? "warning" : "info"}
      fullMode={false}
      closeIcon={null}
      title={t("schedule.found", { live: count(live), hide: count(hide), show: count(show) })}
      description={
        <>
          {rising.length > 0 && (
            <ul>
              {rising.map((row) => (
                <li key={row.reason}>
                  {t("schedule.foundRule", {
                    rule: reason(row.reason, draft.rules),
                    now: count(row.failing_now),
                    then: count(row.failing_then),
                  })}
                </li>
              ))}
            </ul>
          )}
          <p>{dryRun.as_of ? t("schedule.foundAsOf", { day: dryRun.as_of }) : t("dryRun.noFeed")}</p>
        </>
      }
    />
  );
}

function OwnStages({
  at,
  stages,
  problem,
  onChange,
}: {
  at: string;
  stages: OwnStage[];
  problem: Problem | null;
  onChange: (stages: OwnStage[]) => void;
}) {
  const { t } = useTranslation("rules");
  const put = (key: string, changed: Partial<OwnStage>) =>
    onChange(stages.map((stage) => (stage.key === key ? { ...stage, ...changed } : stage)));
  return (
    <ol className="stage-editors">
      {stages.map((stage, place) => {
        const error = errorAt(problem, `/stages/${place}`);
        const number = place + 1;
        return (
          <li key={stage.key}>
            <div className="row">
              <InputNumber
                aria-label={t("schedule.percent", { number })}
                value={stage.percent}
                min={1}
                max={100}
                precision={0}
                suffix="%"
                onChange={(percent) => put(stage.key, { percent: Number(percent) })}
              />
              {place === 0 ? (
                <span className="muted">{at ? t("schedule.firstStage") : t("schedule.firstStageEmpty")}</span>
              ) : (
                <LocalTime
                  label={t("schedule.stageAt", { number })}
                  value={stage.at}
                  onChange={(local) => put(stage.key, { at: local })}
                  validateStatus={error ? "error" : "default"}
                />
              )}
              {stages.length > 2 && place > 0 && (
                <Button
                  icon={<IconDelete />}
                  theme="borderless"
                  type="danger"
                  aria-label={t("schedule.removeStage", { number })}
                  onClick={() => onChange(stages.filter((each) => each !== stage))}
                />
              )}
            </div>
            {error && (
              <p className="field-error" role="alert">
                {error}
              </p>
            )}
          </li>
        );
      })}
      {stages.length < 20 && (
        <li>
          <Button
            onClick={() =>
              onChange([
                ...stages.slice(0, -1),
                { key: newKey(), percent: Math.min(99, (stages.at(-2)?.percent ?? 1) * 10), at: "" },
                ...stages.slice(-1),
              ])
            }
          >
            {t("schedule.addStage")}
          </Button>
        </li>
      )}
    </ol>
  );
}
