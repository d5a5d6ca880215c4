import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "find", lazy: () => import("./FindPage") },
  { path: "system", lazy: () => import("./SystemPage") },
  { path: "mini-programs/:appId", lazy: () => import("./ProgramPage") },
  { path: "accounts/:awemeId", lazy: () => import("./AccountPage") },
  { path: "grants", lazy: () => import("./GrantsPage") },
  { path: "denies", lazy: () => import("./DeniesPage") },
  { path: "clearances", lazy: () => import("./ClearancesPage") },
  { path: "takedowns", lazy: () => import("./TakedownsPage") },
];
