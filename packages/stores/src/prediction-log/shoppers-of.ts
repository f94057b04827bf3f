import type { PredictionRecord } from '@tillcast/core/ports/prediction-log';

/** Everyone a line is about: who asked, and the user and the device it named, as `shopperOf` names shoppers. */
export const shoppersOf = ({ shopper, userId, anonymousId }: PredictionRecord): ReadonlySet<string> =>
  new Set([
    shopper,
    ...(userId === undefined ? [] : [`u:${userId}`]),
    ...(anonymousId === undefined ? [] : [`a:${anonymousId}`]),
  ]);
