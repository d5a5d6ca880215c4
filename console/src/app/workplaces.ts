import type { Session } from "@/api/session";

export type Workplace = "apps" | "review" | "operate" | "reference";

/** Where a person can work, the first being where they begin. */
export function workplaces(session: Session): Workplace[] {
  const places: Workplace[] = [
    ...(session.entities.length > 0 ? (["apps"] as const) : []),
    ...(session.is_reviewer ? (["review"] as const) : []),
    ...(session.is_operator ? (["operate"] as const) : []),
  ];
  return places.length > 0 ? [...places, "reference"] : places;
}
