import { defineFeature } from '../../feature.ts';
import { recentCount } from '../recent-counts.ts';
import { sessionInterests } from './session-interests.ts';

/** Times this item was looked at in this session. */
export const sessionItemViews = defineFeature({
  name: 'session_item_views',
  description: 'Times this item was looked at in this session.',
  family: 'session',
  unit: 'count',
  reads: [sessionInterests],
  finish: ({ itemId }, { items }) => (itemId === undefined ? Number.NaN : recentCount(items, itemId)),
});
