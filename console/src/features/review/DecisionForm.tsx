import { useEffect, useEffectEvent, useId, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useDraft } from "@/ui/useDraft";
import { useShortcuts } from "@/ui/useShortcuts";
import { DIMENSIONS, MARKS, NOTHING, faults, nextUnmarked, type Decision, type Dimension, type Mark, type Verb } from "./decision";
import { useTemplates, type ItemDetail, type useDecide } from "./queries";
import { ReasonPicker } from "./ReasonPicker";

/** What has to have been on the screen before an approval goes through without a question. */
const TO_READ = {
  landing_change: ["differences", "preview"],
  capability_application: ["application", "program"],
} as const;

/** Marks, reasons and the two verbs; everything can be done by keyboard. What is typed stays (C4). */
export function DecisionForm({
  item,
  seen,
  decide,
  isLeaving,
}: {
  item: ItemDetail;
  /** The parts of the page that have been on the screen. */
  seen: ReadonlySet<string>;
  decide: ReturnType<typeof useDecide>;
  /** Whether the decision is made, or on its way. */
  isLeaving: boolean;
}) {
  const { t } = useTranslation("review");
  const id = useId();
  const templates = useTemplates(item.kind);
  const [draft, change, { drop }] = useDraft(`review.${item.kind}.${item.id}`, NOTHING);
  const [isTried, setTried] = useState(false);
  const [asked, setAsked] = useState<{ isNext: boolean } | null>(null);
  const needsMarks = item.application !== null;
  const missing = faults(draft, templates.data ?? [], needsMarks);
  const told = (at: string) => (isTried ? missing.find((fault) => fault.at === at) : undefined);
  const can = (verb: Verb) => item.available_actions.includes(verb) && !isLeaving;
  const isReady = draft.verb !== "" && can(draft.verb);
  const unread = TO_READ[item.kind].filter((part) => !seen.has(part));

  const send = (isNext: boolean) => {
    if (draft.verb === "") return;
    const { verb, reasons } = draft;
    const marks = Object.fromEntries(DIMENSIONS.map((each) => [each, draft.marks[each] ?? null])) as Decision["marks"];
    decide.mutate({ verb, content_hash: item.content_hash, marks, reasons, isNext }, { onSuccess: drop });
  };
  const submit = (isNext: boolean) => {
    setTried(true);
    const [first] = missing;
    if (first) focusOn(`[data-at="${first.at}"]`);
    else if (!isReady) return;
    else if (draft.verb === "approve" && unread.length > 0) setAsked({ isNext });
    else send(isNext);
  };
  const choose = (verb: Verb) => {
    change({ verb });
    setTried(false);
    decide.reset();
  };
  // Drawn at once, so that the next key already meets what this one brought.
  const chooseNow = (verb: Verb) => flushSync(() => choose(verb));
  const markAs = (dimension: Dimension, mark: Mark) => {
    const marks = { ...draft.marks, [dimension]: mark };
    change({ marks });
    return nextUnmarked(marks, dimension);
  };
  const markFocused = (mark: Mark) => {
    const focused = document.activeElement?.closest<HTMLElement>("[data-dimension]")?.dataset.dimension;
    const dimension = DIMENSIONS.find((each) => each === focused);
    if (!dimension) return;
    const next = markAs(dimension, mark);
    if (next) focusOn(`[data-at="${next}"]`);
  };
  useShortcuts(
    {
      a: () => {
        chooseNow("approve");
        focusOn("[data-at=submit]");
      },
      r: () => {
        chooseNow("reject");
        focusOn("[data-at=reasons]");
      },
      ...(needsMarks && {
        ...Object.fromEntries(DIMENSIONS.map((each, at) => [String(at + 1), () => focusOn(`[data-at="${each}"]`)])),
        ...Object.fromEntries(Object.entries(MARKS).map(([key, mark]) => [key, () => markFocused(mark)])),
      }),
    },
    !isLeaving,
  );
  const submitByKey = useEffectEvent(() => submit(true));
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
      if (document.querySelector("[role=dialog]")) return;
      event.preventDefault();
      submitByKey();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div className="stack review-decision">
      {needsMarks && (
        <fieldset>
          <legend>{t("dimension.label")}</legend>
          {DIMENSIONS.map((dimension, at) => {
            const fault = told(dimension);
            return (
              <div key={dimension} className="review-dimension" data-dimension={dimension} data-at={dimension}>
                <span id={`${id}-${dimension}`}>
                  <kbd aria-hidden>{at + 1}</kbd> {t(`dimension.${dimension}`)}
                </span>
                <RadioGroup
                  type="button"
                  value={draft.marks[dimension] ?? ""}
                  onChange={(event) => markAs(dimension, event.target.value as Mark)}
                  options={Object.values(MARKS).map((mark) => ({ value: mark, label: t(`mark.${mark}`) }))}
                  aria-labelledby={`${id}-${dimension}`}
                />
                {fault && (
                  <p className="field-error" role="alert">
                    {t(`fault.${fault.text}`)}
                  </p>
                )}
              </div>
            );
          })}
          <p className="muted row">
            {Object.entries(MARKS).map(([key, mark]) => (
              <span key={key} className="review-key">
                <kbd>{key}</kbd> {t(`mark.${mark}`)}
              </span>
            ))}
          </p>
        </fieldset>
      )}
      <fieldset data-at="verb">
        <legend>{t("decision.verb")}</legend>
        <RadioGroup
          type="button"
          value={draft.verb}
          onChange={(event) => choose(event.target.value as Verb)}
          options={(["approve", "reject"] as const).map((verb) => ({
            value: verb,
            label: (
              <span className="review-key">
                {t(`verb.${verb}`)} <kbd aria-hidden>{verb.charAt(0)}</kbd>
              </span>
            ),
          }))}
          aria-label={t("decision.verb")}
        />
        {told("verb") && (
          <p className="field-error" role="alert">
            {t("fault.verbMissing")}
          </p>
        )}
      </fieldset>
      {draft.verb === "reject" && (
        <ReasonPicker
          templates={templates}
          reasons={draft.reasons}
          onChange={(reasons) => change({ reasons })}
          told={told}
          problem={decide.error}
        />
      )}
      {decide.error && <Trouble error={decide.error} />}
      <div className="row">
        <Button
          theme="solid"
          type={draft.verb === "reject" ? "danger" : "primary"}
          disabled={!isReady}
          loading={isLeaving}
          onClick={() => submit(true)}
          data-at="submit"
        >
          {t(`submitNext.${draft.verb || "none"}`)}
        </Button>
        <Button disabled={!isReady} onClick={() => submit(false)}>
          {t(`submit.${draft.verb || "none"}`)}
        </Button>
      </div>
      <p className="muted review-key">
        <kbd>Ctrl</kbd>
        <kbd>Enter</kbd> {t("keys.submit")}
      </p>
      <ActDialog
        isOpen={asked !== null}
        title={t("unread.title")}
        verb={t("unread.confirm")}
        act={{
          mutate: () => {
            if (asked) send(asked.isNext);
            setAsked(null);
          },
          isPending: false,
          error: null,
          reset: () => undefined,
        }}
        onClose={() => setAsked(null)}
      >
        <p>{t("unread.text")}</p>
        <ul>
          {unread.map((part) => (
            <li key={part}>{t(`part.${part}`)}</li>
          ))}
        </ul>
      </ActDialog>
    </div>
  );
}

/** Put the focus on what `selector` names, or on the control in it that is chosen, or the first. */
function focusOn(selector: string): void {
  const found = document.querySelector<HTMLElement>(selector);
  const inside = found?.querySelector<HTMLElement>("input:checked") ?? found?.querySelector<HTMLElement>("input, textarea");
  (inside ?? found)?.focus();
}
