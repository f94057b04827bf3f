import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { SegmentDesk } from '../http/routes/segments.ts';

const none = (): never => {
  throw new TillcastError('STORE_UNAVAILABLE', 'this service has no data directory, and so no segments');
};

/** The desk of a service without a data directory. */
export const noSegments: SegmentDesk = { list: none, detail: none, export: none, deliver: none, deliveries: none };
