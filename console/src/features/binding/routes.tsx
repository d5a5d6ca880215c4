import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "accounts", lazy: () => import("./AccountsPage") },
  { path: "accounts/new", lazy: () => import("./NewPage") },
  { path: "accounts/:bindingId", lazy: () => import("./BindingPage") },
];
