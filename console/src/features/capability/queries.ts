import { useQuery } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { capabilityOf, SURFACE, useAppId } from "@/api/app";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Capability = Schemas["CapabilityOut"];
export type Application = Schemas["ApplicationOut"];
export type Condition = Schemas["ConditionOut"];

/** While an application is in review, its result is asked for by itself. */
const POLL_MS = 15_000;

export function useCapability() {
  const app_id = useAppId();
  return useQuery({
    ...capabilityOf(app_id),
    refetchInterval: ({ state }) => (state.data?.status === "in_review" ? POLL_MS : false),
  });
}

export function useApplications() {
  const app_id = useAppId();
  return usePaged<Application>(["applications", app_id], (cursor) =>
    data(
      api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/capability/applications", {
        params: { path: { app_id, surface: SURFACE }, query: { cursor } },
      }),
    ),
  );
}

export function useApply(onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (apply_reason: string, attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/surfaces/{surface}/capability/applications", {
          params: { path: { app_id, surface: SURFACE } },
          body: { apply_reason },
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useWithdraw(application_id: string, onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (_: unknown, attempt) =>
      data(
        api.POST(
          "/api/v1/mini-programs/{app_id}/surfaces/{surface}/capability/applications/{application_id}/withdraw",
          { params: { path: { app_id, surface: SURFACE, application_id } }, ...attempt },
        ),
      ),
    { onDone },
  );
}
