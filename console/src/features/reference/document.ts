/** An OpenAPI 3.1 document, as far as the reference reads it. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
  description?: string;
}

interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: Content & { required?: boolean };
  responses?: Record<string, Content>;
  security?: Record<string, unknown>[];
  /** What the token of a call of the ecosystem's must be granted: as a mini program, as a provider. */
  "x-scope"?: string;
  "x-permission"?: number;
}

interface SecurityScheme {
  type: string;
  in?: string;
  name?: string;
  scheme?: string;
}

export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, Schema>; securitySchemes?: Record<string, SecurityScheme> };
}

/** One call of an API: a method on a path. */
export interface Call extends Operation {
  method: string;
  path: string;
  tag: string;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Every call of a document, in its order. */
export function callsOf(document: ApiDocument): Call[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => {
      const operation = item[method] as Operation;
      return { ...operation, method: method.toUpperCase(), path, tag: operation.tags?.[0] ?? "" };
    }),
  );
}

/** The calls by tag, in the order in which the tags first appear. */
export function grouped(calls: Call[]): { tag: string; calls: Call[] }[] {
  const groups = new Map<string, Call[]>();
  for (const call of calls) groups.set(call.tag, [...(groups.get(call.tag) ?? []), call]);
  return [...groups].map(([tag, calls]) => ({ tag, calls }));
}

/** Whether all words of `text` are in what a call is named, described and refused by. */
export function isFound(call: Call, text: string): boolean {
  const hay = JSON.stringify([call.method, call.path, call.summary, call.description, call.tag]);
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.toLowerCase().includes(word));
}

export interface ErrNo {
  err_no: number;
  text: string;
}

/** A row of the table that ends the description of a call of the ecosystem's. */
const ROW = /^\| *(-?\w+) *\| *(.*?) *\|$/;

/** The `err_no` that a call of the ecosystem's can answer with. */
export function errors(call: Call): ErrNo[] {
  const rows = (call.description ?? "").split("\n").map((line) => ROW.exec(line));
  return rows.flatMap((row) => {
    const err_no = Number(row?.[1]);
    return row && Number.isInteger(err_no) ? [{ err_no, text: row[2] ?? "" }] : [];
  });
}

/** What the document says of a call, without the table of its codes. */
export function proseOf(call: Call): string {
  const lines = (call.description ?? "").split("\n").filter((line) => !line.startsWith("|"));
  return lines.join("\n").trim();
}

/** What a call is known by: the ecosystem's by the end of their paths, ours by their verbs. */
export function nameOf(call: Call): string {
  const last = call.path.split("/").filter(Boolean).at(-1);
  return (call.path.startsWith("/api/v1/") ? call.summary : last) ?? call.operationId;
}

/** The schema of what is sent or answered, with its media type. */
export function bodyOf(part: Content | undefined): { type: string; schema: Schema } | null {
  const [type, found] = Object.entries(part?.content ?? {})[0] ?? [];
  return type && found?.schema ? { type, schema: found.schema } : null;
}
