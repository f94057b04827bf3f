import { join } from 'node:path';
import { segmentVocabulary } from '@tillcast/core/decisions/segments/facts';
import { parseSegments } from '@tillcast/core/decisions/segments/parse-segments';
import type { SegmentFile } from '@tillcast/core/decisions/segments/segment';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { openCel } from '../rules/cel.ts';
import { versionOf } from '../rules/read-rule-file.ts';
import { readYaml } from '../serving/read-yaml.ts';
import { shippedRules } from '../serving/rules.ts';

/** A file of segments, checked, with the version that its content gives it. */
export interface VersionedSegments extends SegmentFile {
  readonly version: string;
}

/** Reads segments from data; INPUT_INVALID names `from`, the place and the remedy. */
export function segmentsFrom(data: unknown, from: string): VersionedSegments {
  try {
    return { ...parseSegments(data, openCel(segmentVocabulary)), version: versionOf(data) };
  } catch (error) {
    throw error instanceof TillcastError
      ? new TillcastError('INPUT_INVALID', `${from}: ${error.message}`, { cause: error })
      : error;
  }
}

/** The shop's own segments, or the shipped ones. */
export const readSegments = (file = join(shippedRules, 'segments.yaml')): VersionedSegments => segmentsFrom(readYaml(file), file);
