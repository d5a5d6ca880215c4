import type { Schemas } from "@/api/client";
import type { Difference } from "@/ui/Differences";

type Landing = Schemas["ItemDetailOut"]["landing"] & object;
type Condition = Schemas["ConditionOut"];

/** What of a landing page is compared, in the order in which a visitor meets it. */
const FIELDS = ["title", "app_name", "page_path", "query", "share_link", "link"] as const;

/** What was submitted beside what is live, field by field; everything is new where nothing is. */
export function landingRows(submitted: Landing, live: Landing | null, name: (field: string) => string): Difference[] {
  return FIELDS.map((field) => ({
    name: name(field),
    before: live?.[field] ?? "",
    after: submitted[field] ?? "",
  }));
}

export interface ConditionRow {
  key: string;
  text: string;
  then: boolean | number;
  wasMet: boolean;
  now: boolean | number;
  isMet: boolean;
}

/** The conditions of now, each beside its value when the application was submitted. */
export function conditionRows(then: Condition[], now: Condition[]): ConditionRow[] {
  return now.map((condition) => {
    const before = then.find(({ key }) => key === condition.key) ?? condition;
    return {
      key: condition.key,
      text: condition.text,
      then: before.actual,
      wasMet: before.is_met,
      now: condition.actual,
      isMet: condition.is_met,
    };
  });
}
