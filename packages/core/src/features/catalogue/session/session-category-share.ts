import { defineFeature } from '../../feature.ts';
import { recentShare } from '../recent-counts.ts';
import { sessionInterests } from './session-interests.ts';

/** Share of the session’s product views that fell into this category. */
export const sessionCategoryShare = defineFeature({
  name: 'session_category_share',
  description: 'Share of the session’s product views that fell into this category.',
  family: 'session',
  unit: 'share',
  reads: [sessionInterests],
  finish: ({ category }, { categories }) => (category === undefined ? Number.NaN : recentShare(categories, category)),
});
