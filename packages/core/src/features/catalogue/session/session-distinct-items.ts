import { defineFeature } from '../../feature.ts';
import { sessionInterests } from './session-interests.ts';

/** Different items looked at in this session. */
export const sessionDistinctItems = defineFeature({
  name: 'session_distinct_items',
  description: 'Different items looked at in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionInterests],
  finish: (_, { items }) => items?.size ?? 0,
});
