import { asOfMs } from '../http/as-of.ts';
import type { Reports } from '../http/routes/reports.ts';
import { type PerformanceSources, performanceReport } from './performance-report.ts';
import { openReportPool } from './report-pool.ts';
import { type RoiSettings, type RoiSources, roiReport } from './roi-report.ts';

/** What the reports of a server stand on. */
export interface ReportParts extends Omit<RoiSources, 'book'>, Omit<RoiSettings, 'asOfMs'> {
  readonly predictions: PerformanceSources['predictions'] & RoiSources['predictions'];
  readonly now: () => number;
  /** Writes the exposures that wait. */
  settle(): Promise<void>;
}

/** The reports of a server, with the thread they measure on. */
export interface ServedReports extends Reports {
  close(): Promise<void>;
}

/** Opens the reports of a server. */
export function openReports(parts: ReportParts): ServedReports {
  const { shop, events, predictions, now, settle } = parts;
  const pool = openReportPool();
  return {
    performance: (query) => performanceReport({ predictions, events, pool, shop }, query, now()),
    async roi({ as_of }) {
      const moment = asOfMs(as_of, now());
      await settle();
      return roiReport({ ...parts, book: pool.book }, { shop, asOfMs: moment });
    },
    close: pool.close,
  };
}
