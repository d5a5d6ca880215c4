import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "policies", lazy: () => import("./PoliciesPage") },
  { path: "policies/:version", lazy: () => import("./PolicyPage") },
  { path: "drafts", lazy: () => import("./DraftsPage") },
  { path: "drafts/:id", lazy: () => import("./DraftPage") },
  { path: "runs", lazy: () => import("./RunsPage") },
  { path: "runs/:id", lazy: () => import("./RunPage") },
  { path: "alarms", lazy: () => import("./AlarmsPage") },
  { path: "calendar", lazy: () => import("./CalendarPage") },
];
