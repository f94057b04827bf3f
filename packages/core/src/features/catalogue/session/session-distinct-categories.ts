import { defineFeature } from '../../feature.ts';
import { recentSize } from '../recent-counts.ts';
import { sessionInterests } from './session-interests.ts';

/** Different categories looked at in this session. */
export const sessionDistinctCategories = defineFeature({
  name: 'session_distinct_categories',
  description: 'Different categories looked at in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionInterests],
  finish: (_, { categories }) => recentSize(categories),
});
