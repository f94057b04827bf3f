import { schemas } from '@tillcast/api/schemas';

const isNode = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Replaces each schema that carries its name by a reference to it, below `node` itself. */
function referNamed(node: unknown, isRoot = false): unknown {
  if (Array.isArray(node)) return node.map((one) => referNamed(one));
  if (!isNode(node)) return node;
  const { $id, ...rest } = node;
  if (!isRoot && typeof $id === 'string' && Object.hasOwn(schemas, $id)) return reference($id);
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, referNamed(value)]));
}

const components: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => [name, referNamed(plain(schema), true)]),
);

// @fastify/swagger takes the name off the schema a body or an answer begins with, and writes `const` as an `enum` of one; its text still tells which one it is.
const textOf = (schema: unknown): string =>
  JSON.stringify(schema, (_key, value: unknown) => {
    if (!isNode(value) || !Object.hasOwn(value, 'const')) return value;
    const { const: only, ...rest } = value;
    return { ...rest, enum: [only] };
  });
const nameByText = new Map(Object.entries(components).map(([name, schema]) => [textOf(schema), name]));

function referAlike(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(referAlike);
  if (!isNode(node)) return node;
  const name = nameByText.get(textOf(node));
  if (name !== undefined) return reference(name);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, referAlike(value)]));
}

/** The OpenAPI document with every published schema once, under components, and a reference wherever a route uses it. */
export function hoistSchemas(document: Record<string, unknown>): Record<string, unknown> {
  const { components: others, ...rest } = plain(document) as { components?: Record<string, unknown> };
  return { ...(referAlike(referNamed(rest)) as Record<string, unknown>), components: { ...others, schemas: components } };
}
