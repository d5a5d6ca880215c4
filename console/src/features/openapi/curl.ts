/** What a shell takes for one argument. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Gets a token; the secret is typed into the terminal, and stays out of its history. */
export function getToken(origin: string, clientKey: string): string {
  const before = `{"grant_type":"client_credential","client_key":${JSON.stringify(clientKey)},"client_secret":"`;
  return [
    "read -rs CLIENT_SECRET",
    `curl -sS ${quoted(`${origin}/oauth/client_token/`)} \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d ${quoted(before)}"$CLIENT_SECRET"'"}'`,
  ].join("\n");
}

/** What is called with the token first. */
export function listCapabilities(origin: string): string {
  return [
    "ACCESS_TOKEN=clt.…",
    `curl -sS ${quoted(`${origin}/api/apps/v1/capacity/query_capacity_list/`)} \\`,
    `  -H "access-token: $ACCESS_TOKEN"`,
  ].join("\n");
}
