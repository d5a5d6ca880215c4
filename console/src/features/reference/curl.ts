import { bodyOf, type ApiDocument, type Call } from "./document";
import { exampleOf } from "./schema";

/** What a shell takes for one argument. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The header that carries the token, where the call takes one from a server. */
function tokens(call: Call, document: ApiDocument): string[] {
  const names = (call.security ?? []).flatMap(Object.keys);
  const headers = names.flatMap((name) => {
    const scheme = document.components?.securitySchemes?.[name];
    if (scheme?.type === "http" && scheme.scheme === "bearer") return ["authorization: Bearer …"];
    return scheme?.type === "apiKey" && scheme.in === "header" ? [`${scheme.name ?? name}: …`] : [];
  });
  return headers.slice(0, 1).map((header) => `  -H ${quoted(header)}`);
}

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
    ...tokens(call, document),
    ...(body
      ? [
          `  -H 'content-type: ${body.type}'`,
          `  -d ${quoted(JSON.stringify(exampleOf(body.schema, document), null, 2))}`,
        ]
      : []),
  ].join(" \\\n");
}
