import { bodyOf, type ApiDocument, type Call } from "./document";
import { exampleOf } from "./schema";

/** What a shell takes for one argument. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A call in a terminal: `{name}` and `…` stand for what is to be filled in. */
export function curlOf(call: Call, document: ApiDocument, origin: string): string {
  const parameters = call.parameters ?? [];
  const query = parameters
    .filter((each) => each.in === "query" && each.required)
    .map((each) => `${each.name}=${String(exampleOf(each.schema ?? {}, document))}`)
    .join("&");
  const body = bodyOf(call.requestBody);
  return [
    `curl -sS ${call.method === "GET" ? "" : `-X ${call.method} `}${quoted(`${origin}${call.path}${query && `?${query}`}`)}`,
    ...parameters.filter((each) => each.in === "header").map((each) => `  -H ${quoted(`${each.name}: …`)}`),
    ...(call.path.startsWith("/api/v1/") ? [`  -H 'authorization: Bearer …'`] : []),
    ...(body
      ? [
          `  -H 'content-type: ${body.type}'`,
          `  -d ${quoted(JSON.stringify(exampleOf(body.schema, document), null, 2))}`,
        ]
      : []),
  ].join(" \\\n");
}
