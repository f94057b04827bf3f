import type { Experiment } from '@tillcast/core/experiments/experiment';
import { type ParsedExperiment, parseExperiment, requireExperiment } from '@tillcast/core/experiments/parse-experiment';
import { targetingVocabulary } from '@tillcast/core/experiments/targeting';
import { openCel } from '../rules/cel.ts';

const parseTargeting = openCel(targetingVocabulary);

/** An experiment as it is sent, or everything that is wrong with it; conditions are CEL. */
export const readExperiment = (config: unknown): ParsedExperiment => parseExperiment(config, parseTargeting);

/** The same; raises INPUT_INVALID. */
export const mustReadExperiment = (config: unknown): Experiment => requireExperiment(config, parseTargeting);
