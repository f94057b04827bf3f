import { defineFeature } from '../../feature.ts';
import { recentSize } from '../recent-counts.ts';
import { sessionInterests } from './session-interests.ts';

/** Different items looked at in this session. */
export const sessionDistinctItems = defineFeature({
  name: 'session_distinct_items',
  description: 'Different items looked at in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionInterests],
  finish: (_, { items }) => recentSize(items),
});
