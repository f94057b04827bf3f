import { defineFeature } from '../../feature.ts';
import { recentSize } from '../recent-counts.ts';
import { sessionInterests } from './session-interests.ts';

/** Different brands looked at in this session. */
export const sessionDistinctBrands = defineFeature({
  name: 'session_distinct_brands',
  description: 'Different brands looked at in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionInterests],
  finish: (_, { brands }) => recentSize(brands),
});
