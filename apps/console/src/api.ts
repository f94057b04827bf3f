import type { ExperimentResults } from '@tillcast/api/experiment-results';
import type { ExperimentDetail, ExperimentsAnswer } from '@tillcast/api/experiments';
import type { ModelsAnswer } from '@tillcast/api/models';
import type { PerformanceAnswer, RoiAnswer } from '@tillcast/api/reports';
import type { SegmentDetail, SegmentsAnswer } from '@tillcast/api/segments';
import type { ShoppersAnswer } from '@tillcast/api/shoppers';
import { type Board, useLiveBoard } from './shoppers/live-board.ts';
import { type Polled, usePolled } from './use-polled.ts';

/** Who is about to buy, likeliest first, among those active in the last half hour: as it changes where the server can be listened to, else asked for. */
export function useShoppers(): Polled<Board> {
  const live = useLiveBoard('/v1/live/scores');
  const polled = usePolled<ShoppersAnswer>(live === undefined ? '/v1/shoppers?sort=probability&limit=25' : undefined, 2_000);
  return live === undefined ? polled : { data: live, trouble: undefined };
}

/** The models in the registry, newest first. */
export const useModels = (): Polled<ModelsAnswer> => usePolled<ModelsAnswer>('/v1/models', 15_000);

/** Every experiment. */
export const useExperiments = (): Polled<ExperimentsAnswer> => usePolled<ExperimentsAnswer>('/v1/experiments', 15_000);

const pathOf = (id: string): string => `/v1/experiments/${encodeURIComponent(id)}`;

/** One experiment with its units. */
export const useExperiment = (id: string): Polled<ExperimentDetail> => usePolled<ExperimentDetail>(pathOf(id), 15_000);

/** What an experiment says; asked only once it was started. */
export const useResults = (id: string, isStarted: boolean): Polled<ExperimentResults> =>
  usePolled<ExperimentResults>(isStarted ? `${pathOf(id)}/results` : undefined, 60_000);

/** Segments as of the last stock, which is taken once a day. */
export const useSegments = (): Polled<SegmentsAnswer> => usePolled<SegmentsAnswer>('/v1/segments', 60_000);

/** One segment over time; asked only when it is in sight. */
export const useSegment = (id: string, isInSight: boolean): Polled<SegmentDetail> =>
  usePolled<SegmentDetail>(isInSight ? `/v1/segments/${encodeURIComponent(id)}` : undefined, 600_000);

/** The ledger. */
export const useRoi = (): Polled<RoiAnswer> => usePolled<RoiAnswer>('/v1/reports/roi', 300_000);

/** How good served predictions were, and what ranking by them is worth; asked once it is known what about. */
export const usePerformance = (query: string | undefined): Polled<PerformanceAnswer> =>
  usePolled<PerformanceAnswer>(query === undefined ? undefined : `/v1/reports/performance?${query}`, 300_000);
