import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type AuditEvent = Schemas["EventOut"];

/** What is searched for, named as in the API; empty is anything. */
export const ANYTHING = {
  actor_id: "",
  verb: "",
  subject_kind: "",
  subject_id: "",
  request_id: "",
  since: "",
  until: "",
};
export type Wanted = typeof ANYTHING;

export function useEvents(wanted: Wanted) {
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== ""));
  return usePaged<AuditEvent>(["audit", wanted], (cursor) =>
    data(api.GET("/api/v1/operator/audit-events", { params: { query: { cursor, ...given } } })),
  );
}
