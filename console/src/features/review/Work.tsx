import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { Toast } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useFilters } from "@/ui/useFilters";
import { useShortcuts } from "@/ui/useShortcuts";
import { Card } from "@/ui/Card";
import { DecisionForm } from "./DecisionForm";
import { Earlier } from "./Earlier";
import { Keys } from "./Keys";
import { Outcome } from "./Outcome";
import {
  EVERYTHING,
  useClaim,
  useDecide,
  useHeartbeat,
  useRelease,
  useTakeNext,
  type ItemDetail,
  type Wanted,
} from "./queries";
import { Line, Told } from "./Standing";
import { Subject } from "./Subject";
import { useSeen } from "./useSeen";

const HEARTBEAT_MS = 60_000;

/** Working on one item: it is claimed when it is opened, and held while it is looked at. */
export function Work({ item }: { item: ItemDetail }) {
  const { t } = useTranslation("review");
  const { search } = useLocation();
  const navigate = useNavigate();
  const [wanted] = useFilters<keyof Wanted>({ ...EVERYTHING });
  const { seen, mark } = useSeen();
  const [wasOpen] = useState(item.status === "in_review");
  const [wasMine, setWasMine] = useState(false);
  const isMine = item.status === "in_review" && item.claim.state === "mine";
  if (isMine && !wasMine) setWasMine(true);

  const toQueue = () => void navigate(`/review${search}`);
  const claim = useClaim(item);
  const release = useRelease(item, toQueue);
  const next = useTakeNext(wanted, (taken) => {
    if (taken) return void navigate(`/review/${taken.kind}/${taken.id}${search}`);
    Toast.info(t("next.none"));
    toQueue();
  });
  const decide = useDecide(item, (made) => {
    Toast.success(t(`decided.${made.verb}`, { what: `${t(`kind.${item.kind}`)} · ${item.app_name}` }));
    if (made.isNext) next.mutate();
    else toQueue();
  });

  const beat = useEffectEvent(useHeartbeat(item));
  const isAsked = useRef(false);
  const claimOnce = useEffectEvent(() => {
    if (isAsked.current) return;
    isAsked.current = true;
    if (item.available_actions.includes("claim")) claim.mutate({});
    else if (item.available_actions.includes("heartbeat")) beat();
  });
  useEffect(() => claimOnce(), []);
  useEffect(() => {
    if (!isMine) return;
    // Who looks elsewhere lets the claim run out, so that others can go on with the item.
    const timer = setInterval(() => document.visibilityState === "visible" && beat(), HEARTBEAT_MS);
    return () => clearInterval(timer);
  }, [isMine]);

  useShortcuts({ u: toQueue });
  const isDeciding = decide.isPending || decide.isSuccess;
  return (
    <>
      <div className="row between">
        <Line item={item} isMine={isMine} isClaiming={claim.isPending} release={release} />
        <Keys
          keys={[
            ["a", t("keys.approve")],
            ["r", t("keys.reject")],
            ...(item.application ? ([["1 2 3 4", t("keys.dimension")], ["g o p", t("keys.mark")]] as [string, string][]) : []),
            ["Ctrl Enter", t("keys.submit")],
            ["u", t("keys.queue")],
            ["?", t("keys.show")],
          ]}
        />
      </div>
      {!isDeciding && <Told item={item} wasOpen={wasOpen} wasMine={wasMine} claim={claim} search={search} />}
      <div className="review-work">
        <div className="stack">
          <Subject item={item} mark={mark} />
        </div>
        <div className="stack review-side">
          <Card title={t(wasOpen ? "decision.title" : "outcome.title")}>
            {wasOpen ? (
              <DecisionForm item={item} seen={seen} decide={decide} isLeaving={isDeciding} />
            ) : (
              <Outcome of={item} kind={item.kind} />
            )}
            {next.error && <Trouble error={next.error} onRetry={() => next.mutate()} />}
          </Card>
          <Earlier item={item} search={search} />
        </div>
      </div>
    </>
  );
}
