import { schemas } from '@tillcast/api/schemas';
import { describe, expect, it } from 'vitest';

interface Node {
  $id?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Node>;
  additionalProperties?: unknown;
  anyOf?: Node[];
  items?: Node;
}

/** What events may carry beyond these fields is decided by `parseEvent`, which knows the aliases; clients of the Open Inference Protocol send fields of their own. */
const open = new Set([
  'EventInput',
  'EventItem',
  'EventsRequest',
  'V2InferRequest',
  'SegmentCall',
  'SegmentDelivery',
  'OfrepRequest',
]);

const objectsIn = (node: Node, at = ''): { at: string; node: Node }[] => [
  ...(node.type === 'object' && node.properties !== undefined ? [{ at, node }] : []),
  ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => objectsIn(child, `${at}/${name}`)),
  ...(node.items === undefined ? [] : objectsIn(node.items, `${at}/items`)),
  ...(node.anyOf ?? []).flatMap((child, index) => objectsIn(child, `${at}/anyOf/${index}`)),
];

const explained = (property: Node): boolean =>
  'description' in property ||
  'examples' in property ||
  'minimum' in property ||
  (property.$id !== undefined && 'description' in property);

describe.each(Object.entries(schemas) as [string, Node][])('API schema %s', (name, schema) => {
  it('is published under its own name and says what it is', () => {
    expect(schema.$id).toBe(name);
    expect(schema.description).toBeTruthy();
  });

  it('explains, exemplifies or bounds every property', () => {
    const bare = objectsIn(schema).flatMap(({ at, node }) =>
      Object.entries(node.properties ?? {})
        .filter(([, property]) => !explained(property))
        .map(([property]) => `${at}/${property}`),
    );
    expect(bare).toEqual([]);
  });

  it.skipIf(open.has(name))('is closed: a field it does not name is refused', () => {
    expect(
      objectsIn(schema)
        .filter(({ node }) => node.additionalProperties !== false)
        .map(({ at }) => at),
    ).toEqual([]);
  });
});

it('the rule notices a property without an explanation', () => {
  expect(explained({ type: 'string' })).toBe(false);
});
