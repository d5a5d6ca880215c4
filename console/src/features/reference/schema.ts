import type { ApiDocument, Schema } from "./document";

/** One line of a table of fields: `depth` says below which it stands. */
export interface Row {
  /** The whole way to the field, which no other row has. */
  path: string;
  name: string;
  depth: number;
  type: string;
  isRequired: boolean;
  text: string;
  limits: string[];
}

/** Fields deeper than this are left to the document itself. */
const DEEPEST = 6;

/** `schema` with its reference followed, null left aside, and its one alternative taken. */
export function resolved(schema: Schema, document: ApiDocument): Schema {
  if (schema.$ref) {
    const { $ref, ...own } = schema;
    const named = document.components?.schemas?.[$ref.split("/").at(-1) ?? ""] ?? {};
    return { ...resolved(named, document), ...own };
  }
  const { allOf, anyOf, oneOf, ...own } = schema;
  if (allOf) {
    return allOf.map((each) => resolved(each, document)).reduce(
      (all, each) => ({
        ...all,
        ...each,
        properties: { ...all.properties, ...each.properties },
        required: [...(all.required ?? []), ...(each.required ?? [])],
      }),
      own,
    );
  }
  const choices = (anyOf ?? oneOf ?? []).filter((each) => each.type !== "null");
  const [only, ...others] = choices;
  return only && others.length === 0 ? { ...resolved(only, document), ...own } : schema;
}

const isNullable = (schema: Schema) => [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].some((each) => each.type === "null");

/** What a value is, in few words that both languages share. */
export function typeOf(schema: Schema, document: ApiDocument): string {
  const found = resolved(schema, document);
  const nullable = isNullable(schema) ? " | null" : "";
  const choices = [...(found.anyOf ?? []), ...(found.oneOf ?? [])].filter((each) => each.type !== "null");
  if (choices.length > 1) {
    return [...new Set(choices.map((each) => typeOf(each, document)))].join(" | ") + nullable;
  }
  if (found.items) return `array<${typeOf(found.items, document)}>${nullable}`;
  if (found.additionalProperties && typeof found.additionalProperties === "object") {
    return `map<string, ${typeOf(found.additionalProperties, document)}>${nullable}`;
  }
  const type = Array.isArray(found.type) ? found.type.join(" | ") : found.type;
  const told = type ?? (found.properties ? "object" : typeof (found.const ?? found.enum?.[0] ?? {}));
  return (found.format ? `${told} (${found.format})` : told) + nullable;
}

function limitsOf(schema: Schema, document: ApiDocument): string[] {
  const found = resolved(schema, document);
  const of = found.items ? resolved(found.items, document) : found;
  const between = (low: number | undefined, high: number | undefined, unit: string) => {
    if (low === undefined && high === undefined) return [];
    if (low === undefined) return [`≤ ${high ?? ""}${unit}`];
    return [high === undefined ? `≥ ${low}${unit}` : `${low}–${high}${unit}`];
  };
  return [
    ...(of.enum ? [of.enum.map((value) => JSON.stringify(value)).join(" | ")] : []),
    ...(of.const === undefined ? [] : [JSON.stringify(of.const)]),
    ...between(found.minimum, found.maximum, ""),
    ...between(found.minLength || undefined, found.maxLength, " chars"),
    ...between(found.minItems || undefined, found.maxItems, " items"),
    ...(found.pattern ? [found.pattern] : []),
    ...(found.default === undefined || found.default === null ? [] : [`= ${JSON.stringify(found.default)}`]),
  ];
}

/** The line of one field. */
export function rowOf(
  name: string,
  schema: Schema,
  document: ApiDocument,
  { path = name, depth = 0, isRequired = false } = {},
): Row {
  const found = resolved(schema, document);
  return {
    path,
    name,
    depth,
    type: typeOf(schema, document),
    isRequired,
    text: schema.description ?? found.description ?? "",
    limits: limitsOf(schema, document),
  };
}

/** What holds the fields of a value: itself, or what a list or a map of them holds. */
function holder(schema: Schema, document: ApiDocument): Schema {
  const found = resolved(schema, document);
  if (found.items) return holder(found.items, document);
  if (found.additionalProperties && typeof found.additionalProperties === "object" && !found.properties) {
    return holder(found.additionalProperties, document);
  }
  // Of several the first: the answer of success stands before that of a refusal.
  const first = found.properties ? undefined : (found.oneOf ?? found.anyOf)?.[0];
  return first ? holder(first, document) : found;
}

/** Every field of `schema`, each followed by those inside it. */
export function rowsOf(schema: Schema, document: ApiDocument, path = "", depth = 0): Row[] {
  if (depth > DEEPEST) return [];
  const found = holder(schema, document);
  return Object.entries(found.properties ?? {}).flatMap(([name, field]) => {
    const place = path ? `${path}.${name}` : name;
    const isRequired = found.required?.includes(name) ?? false;
    return [
      rowOf(name, field, document, { path: place, depth, isRequired }),
      ...rowsOf(field, document, place, depth + 1),
    ];
  });
}

/** A value of the schema, to begin with. */
export function exampleOf(schema: Schema, document: ApiDocument, depth = 0): unknown {
  const found = resolved(schema, document);
  const given = found.example ?? found.examples?.[0] ?? found.const ?? found.default ?? found.enum?.[0];
  if (given !== undefined && given !== null) return given;
  if (depth > DEEPEST) return null;
  if (found.properties) {
    const needed = Object.entries(found.properties).filter(([name]) => found.required?.includes(name));
    return Object.fromEntries(needed.map(([name, field]) => [name, exampleOf(field, document, depth + 1)]));
  }
  if (found.items) return [exampleOf(found.items, document, depth + 1)];
  const choice = found.anyOf?.[0] ?? found.oneOf?.[0];
  if (choice) return exampleOf(choice, document, depth + 1);
  const type = Array.isArray(found.type) ? found.type[0] : found.type;
  switch (type) {
    case "integer":
    case "number":
      return found.minimum ?? 1;
    case "boolean":
      return true;
    case "object":
      return {};
    default:
      return "…";
  }
}
