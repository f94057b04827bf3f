import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { type CouponScenario, parseCouponScenario } from '@tillcast/core/simulation/treatments-scenario';
import { readYaml } from '../serving/read-yaml.ts';

const folder = fileURLToPath(new URL('../../../../fixtures/lab', import.meta.url));

/** How well the features of the frozen coupon worlds tell whom a coupon moves. */
export const signals = ['weak', 'medium', 'strong'] as const;

/** Reads a frozen coupon world. */
export function readCouponScenario(signal: string): CouponScenario {
  if (!(signals as readonly string[]).includes(signal))
    throw new TillcastError('OPTION_INVALID', `--signal is "${signal}"; give one of ${signals.join(', ')}`);
  const file = join(folder, `coupons-${signal}.yaml`);
  return parseCouponScenario(readYaml(file), `coupons-${signal}.yaml`);
}
