import { useQuery } from "@tanstack/react-query";
import { capabilityOf, type App } from "@/api/app";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Member = Schemas["MemberOut"];

export function useApps() {
  return usePaged<App>(["apps"], (cursor) =>
    data(api.GET("/api/v1/mini-programs", { params: { query: { cursor } } })),
  );
}

export function useCapabilityStatus(app_id: string) {
  return useQuery({ ...capabilityOf(app_id), select: (capability) => capability.status });
}

export function useMembers(app_id: string) {
  return usePaged<Member>(["members", app_id], (cursor) =>
    data(
      api.GET("/api/v1/mini-programs/{app_id}/members", {
        params: { path: { app_id }, query: { cursor } },
      }),
    ),
  );
}
