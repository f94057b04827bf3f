import { schemas } from '@tillcast/api/schemas';

const isNode = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const published: ReadonlySet<string> = new Set(Object.keys(schemas));

/** Replaces each published schema by a reference to it, at every depth below `node` itself. */
function refer(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(refer);
  if (!isNode(node)) return node;
  if (typeof node.$id === 'string' && published.has(node.$id)) return { $ref: `#/components/schemas/${node.$id}` };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, refer(value)]));
}

const component = ({ $id: _id, ...schema }: { $id?: string }): unknown =>
  Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, refer(value)]));

/** The OpenAPI document with every published schema once, under components, and a reference wherever a route uses it. */
export function hoistSchemas(document: Record<string, unknown>): Record<string, unknown> {
  const plain = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const components = (plain.components ?? {}) as Record<string, unknown>;
  return {
    ...(refer(plain) as Record<string, unknown>),
    components: {
      ...components,
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [
          name,
          component(JSON.parse(JSON.stringify(schema)) as { $id?: string }),
        ]),
      ),
    },
  };
}
