import { useQuery } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { SURFACE, useAppId } from "@/api/app";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Binding = Schemas["BindingOut"];
export type BindingStatus = Binding["status"];
export type Kind = "brand" | "employee";
export type Takedown = Schemas["AcceptedTakedownOut"];

/** How often it is asked whether the owner has answered, while the code is shown. */
const POLL_MS = 2_000;
/** How often a list is asked for anew, so that consents appear in it. */
const LIST_POLL_MS = 15_000;
/** How often it is asked whether an entry is gone from every node: a matter of a second. */
const TAKEDOWN_POLL_MS = 500;

function usePlace() {
  return { app_id: useAppId(), surface: SURFACE };
}

export function useLimits() {
  const path = usePlace();
  return useQuery({
    queryKey: ["limits", path],
    queryFn: () =>
      data(api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/quota", { params: { path } })),
  });
}

export function useBindings(kind: Kind, status: BindingStatus | undefined) {
  const path = usePlace();
  return usePaged<Binding>(
    ["bindings", path, kind, status ?? ""],
    (cursor) =>
      data(
        api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/bindings", {
          params: { path, query: { kind, status, cursor } },
        }),
      ),
    { refetchInterval: LIST_POLL_MS },
  );
}

/** One binding; while its owner is waited for, it is told within two seconds that they answered. */
export function useBinding(binding_id: string) {
  const path = { ...usePlace(), binding_id };
  return useQuery({
    queryKey: ["binding", path],
    queryFn: () =>
      data(
        api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/bindings/{binding_id}", {
          params: { path },
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.status === "awaiting_consent" ? POLL_MS : false),
  });
}

/** What an account's entry is now, which unbinding takes away; only while `isWanted`. */
export function useRecord(aweme_id: string, isWanted: boolean) {
  const path = { ...usePlace(), aweme_id };
  return useQuery({
    queryKey: ["record", path],
    queryFn: () =>
      data(
        api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}", {
          params: { path },
        }),
      ),
    enabled: isWanted,
  });
}

/** Whether an entry that was taken away is gone from every node (V3). */
export function useTakedown(aweme_id: string, accepted: Takedown) {
  const path = { ...usePlace(), aweme_id, takedown_id: accepted.id };
  return useQuery({
    queryKey: ["takedown", path],
    queryFn: () =>
      data(
        api.GET(
          "/api/v1/mini-programs/{app_id}/surfaces/{surface}/records/{aweme_id}/takedowns/{takedown_id}",
          { params: { path } },
        ),
      ),
    initialData: accepted,
    refetchInterval: ({ state }) => (state.data?.effective_at ? false : TAKEDOWN_POLL_MS),
  });
}

export function useRequest(onDone: (made: Binding) => void) {
  const path = usePlace();
  return useAct(
    (body: Schemas["RequestIn"], attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/surfaces/{surface}/bindings", {
          params: { path },
          body,
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useIssueCode(binding_id: string) {
  const path = { ...usePlace(), binding_id };
  return useAct((_: unknown, attempt) =>
    data(
      api.POST("/api/v1/mini-programs/{app_id}/surfaces/{surface}/bindings/{binding_id}/codes", {
        params: { path },
        ...attempt,
      }),
    ),
  );
}

export function useCancel(binding_id: string, onDone: () => void) {
  const path = { ...usePlace(), binding_id };
  return useAct(
    (_: unknown, attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/surfaces/{surface}/bindings/{binding_id}/cancel", {
          params: { path },
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useUnbind(binding_id: string, onDone: (ended: Schemas["UnboundOut"]) => void) {
  const path = { ...usePlace(), binding_id };
  return useAct(
    (_: unknown, attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/surfaces/{surface}/bindings/{binding_id}/unbind", {
          params: { path },
          ...attempt,
        }),
      ),
    { onDone },
  );
}
