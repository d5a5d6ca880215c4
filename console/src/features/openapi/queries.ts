import { useQuery } from "@tanstack/react-query";
import { useAct, type ActOptions } from "@/api/act";
import { useAppId } from "@/api/app";
import { api, data, type Schemas } from "@/api/client";
import { usePaged } from "@/api/pages";

export type Credential = Schemas["CredentialOut"];
export type Secret = Schemas["SecretOut"];
export type IssuedSecret = Schemas["IssuedSecretOut"];
export type Authorization = Schemas["AuthorizationOut"];
export type Permission = Schemas["AuthorizeIn"]["permissions"][number];
export type ManagedProvider = Schemas["ManagedProviderOut"];
export type IssuedProvider = Schemas["IssuedProviderOut"];

/** Whether a service provider may call at all, as a status. */
export const statusOf = ({ disabled_at }: ManagedProvider) => (disabled_at ? "disabled" : "enabled");

/** Whose secrets and allow list: a mini program's, or for operators a service provider's. */
export type Owner = { app_id: string } | { client_key: string };

export function useCredential() {
  const app_id = useAppId();
  return useQuery({
    queryKey: ["credential", app_id],
    queryFn: () =>
      data(api.GET("/api/v1/mini-programs/{app_id}/credential", { params: { path: { app_id } } })),
  });
}

export function useCreateSecret(owner: Owner, options: ActOptions<IssuedSecret>) {
  return useAct((keep_hours: number | null, attempt) => {
    const body = { keep_hours };
    return "app_id" in owner
      ? data(
          api.POST("/api/v1/mini-programs/{app_id}/credential/secrets", {
            params: { path: owner },
            body,
            ...attempt,
          }),
        )
      : data(
          api.POST("/api/v1/operator/providers/{client_key}/secrets", {
            params: { path: owner },
            body,
            ...attempt,
          }),
        );
  }, options);
}

export function useEndSecret(owner: Owner, secret_id: string, onDone: () => void) {
  return useAct<{ reason: string }>(
    (_, attempt) =>
      "app_id" in owner
        ? data(
            api.DELETE("/api/v1/mini-programs/{app_id}/credential/secrets/{secret_id}", {
              params: { path: { ...owner, secret_id } },
              ...attempt,
            }),
          )
        : data(
            api.DELETE("/api/v1/operator/providers/{client_key}/secrets/{secret_id}", {
              params: { path: { ...owner, secret_id } },
              ...attempt,
            }),
          ),
    { onDone },
  );
}

export function useSetScopes(app_id: string) {
  return useAct((scopes: string[], attempt) =>
    data(
      api.PUT("/api/v1/mini-programs/{app_id}/credential/scopes", {
        params: { path: { app_id } },
        // What the API named is sent back to it.
        body: { scopes: scopes as Schemas["ScopesIn"]["scopes"] },
        ...attempt,
      }),
    ),
  );
}

export function useSetNetworks(owner: Owner) {
  return useAct<string[]>((networks, attempt) => {
    const body = { networks };
    return "app_id" in owner
      ? data(
          api.PUT("/api/v1/mini-programs/{app_id}/credential/allowed-networks", {
            params: { path: owner },
            body,
            ...attempt,
          }),
        )
      : data(
          api.PUT("/api/v1/operator/providers/{client_key}/allowed-networks", {
            params: { path: owner },
            body,
            ...attempt,
          }),
        );
  });
}

/** The service providers that may act for the mini program. */
export function useAuthorizations() {
  const app_id = useAppId();
  return usePaged<Authorization>(["authorizations", app_id], (cursor) =>
    data(
      api.GET("/api/v1/mini-programs/{app_id}/providers", {
        params: { path: { app_id }, query: { cursor } },
      }),
    ),
  );
}

/** The service providers that there are, to choose from. */
export function useProviders(isOn: boolean) {
  return useQuery({
    queryKey: ["providers"],
    queryFn: () => data(api.GET("/api/v1/providers", { params: { query: { limit: 100 } } })),
    enabled: isOn,
    select: (page) => page.items,
  });
}

export function useAuthorize(onDone: () => void) {
  const app_id = useAppId();
  return useAct(
    (body: { client_key: string; permissions: Permission[] }, attempt) =>
      data(
        api.POST("/api/v1/mini-programs/{app_id}/providers", {
          params: { path: { app_id } },
          body,
          ...attempt,
        }),
      ),
    { onDone },
  );
}

export function useRevoke(authorization_id: string, onDone: () => void) {
  const app_id = useAppId();
  return useAct<{ reason: string }>(
    (_, attempt) =>
      data(
        api.DELETE("/api/v1/mini-programs/{app_id}/providers/{authorization_id}", {
          params: { path: { app_id, authorization_id } },
          ...attempt,
        }),
      ),
    { onDone },
  );
}

/** Every service provider, with its secrets and allow list, for operators. */
export function useManagedProviders() {
  return usePaged<ManagedProvider>(["operator", "providers"], (cursor) =>
    data(api.GET("/api/v1/operator/providers", { params: { query: { cursor } } })),
  );
}

export function useCreateProvider(options: ActOptions<IssuedProvider>) {
  return useAct(
    (name: string, attempt) => data(api.POST("/api/v1/operator/providers", { body: { name }, ...attempt })),
    options,
  );
}

export function useSwitchProvider(client_key: string, verb: "disable" | "enable", onDone: () => void) {
  return useAct<{ reason: string }>(
    (_, attempt) =>
      data(
        api.POST(`/api/v1/operator/providers/{client_key}/${verb}`, {
          params: { path: { client_key } },
          ...attempt,
        }),
      ),
    { onDone },
  );
}
