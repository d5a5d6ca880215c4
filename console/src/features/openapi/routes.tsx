import type { RouteObject } from "react-router";

/** Of a mini program: what it calls the OpenAPI with, and who may do so for it. */
export const pages: RouteObject[] = [
  { path: "credential", lazy: () => import("./CredentialPage") },
  { path: "providers", lazy: () => import("./AuthorizationsPage") },
];

/** Of operators: the service providers. */
export const operate: RouteObject[] = [{ path: "providers", lazy: () => import("./ProvidersPage") }];
