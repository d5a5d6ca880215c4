import { queryOptions, useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { api, data, type Schemas } from "./client";

export type App = Schemas["MiniProgramOut"];

/** The surface that the console configures. */
export const SURFACE = "profile_mount";

/** The mini program whose pages are open, as their address names it. */
export function useAppId(): string {
  return useParams().appId ?? "";
}

/** How the capability stands for a mini program. */
export function capabilityOf(app_id: string) {
  return queryOptions({
    queryKey: ["capability", app_id],
    queryFn: () =>
      data(
        api.GET("/api/v1/mini-programs/{app_id}/surfaces/{surface}/capability", {
          params: { path: { app_id, surface: SURFACE } },
        }),
      ),
  });
}

/** That mini program, with the pages of its published version. */
export function useApp() {
  const app_id = useAppId();
  return useQuery({
    queryKey: ["app", app_id],
    queryFn: () => data(api.GET("/api/v1/mini-programs/{app_id}", { params: { path: { app_id } } })),
  });
}
