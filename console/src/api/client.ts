import createClient from "openapi-fetch";
import { problemOf, unreachable } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** The token that a write must carry; every answer about the session brings a fresh one. */
let csrfToken = "";

/** The API, typed by the committed OpenAPI document. Use through `read` and `write`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  fetch: async (request) => {
    try {
      return await fetch(request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw unreachable();
    }
  },
  // A list is repeated, as the API reads it: ?id=a&id=b.
  querySerializer: { array: { style: "form", explode: true } },
});

api.use({
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRFToken", csrfToken);
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
});

/** The data of a call; a refusal is thrown as `Problem`. */
export async function data<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

export function keepCsrfToken(token: string): void {
  csrfToken = token;
}
