import { join } from 'node:path';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type MarkTraffic, openMarkTraffic } from '@tillcast/core/events/mark-traffic';
import { parseTrafficRules } from '@tillcast/core/events/traffic-rules';
import { readYaml } from '../serving/read-yaml.ts';
import { shippedRules } from '../serving/rules.ts';

/** Opens the shop's traffic rules, or the shipped ones; what is wrong with the file is said by place, value and remedy. */
export function openTraffic(file = join(shippedRules, 'traffic.yaml')): MarkTraffic {
  const data = readYaml(file);
  try {
    return openMarkTraffic(parseTrafficRules(data));
  } catch (error) {
    throw error instanceof TillcastError
      ? new TillcastError('INPUT_INVALID', `${file}: ${error.message}`, { cause: error })
      : error;
  }
}
