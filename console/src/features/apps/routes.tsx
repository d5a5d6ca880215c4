import type { NonIndexRouteObject, RouteObject } from "react-router";

/** The list of mini programs. */
export const routes: RouteObject[] = [{ path: "apps", lazy: () => import("./AppsPage") }];

/** One mini program: the frame with its left navigation, around the pages of the other features. */
export const frame: NonIndexRouteObject = { path: "apps/:appId", lazy: () => import("./AppFrame") };

/** The pages of that frame that are about the mini program itself. */
export const pages: RouteObject[] = [{ path: "members", lazy: () => import("./MembersPage") }];
