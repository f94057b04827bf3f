import { TillcastError } from '../../errors/tillcast-error.ts';
import { parseEffect, type ReadModelFile } from '../uplift/parse-effect.ts';
import type { PolicyBudget, PolicyTreatment, TreatmentPolicy } from './policy.ts';

/** Reads a policy file (contracts/policy.schema.json) and the models it names; a field that cannot be believed is refused with its remedy. */
export function parsePolicy(content: unknown, read: ReadModelFile, where = 'policy.json'): TreatmentPolicy {
  const fields = objectOf(content, where);
  if (fields.schema !== 1) refuse(`${where}.schema`, fields.schema, '1; this Tillcast knows no other version');
  const featureNames = listOf(fields.features, `${where}.features`).map((name, i) => textOf(name, `${where}.features[${i}]`));
  const treatments = listOf(fields.treatments, `${where}.treatments`).map((item, i) =>
    parseTreatment(item, featureNames.length, read, `${where}.treatments[${i}]`),
  );
  if (new Set(treatments.map(({ name }) => name)).size < treatments.length)
    refuse(`${where}.treatments`, 'a name given twice', 'a list of different names');
  return {
    name: textOf(fields.name, `${where}.name`),
    version: numberOf(fields.version, `${where}.version`, 1, 1e9),
    featureNames,
    treatments,
    explorationShare: numberOf(fields.exploration_share, `${where}.exploration_share`, 0, 1),
    salt: textOf(fields.salt, `${where}.salt`),
    ...(fields.budget === undefined ? {} : { budget: parseBudget(fields.budget, `${where}.budget`) }),
  };
}

function parseBudget(content: unknown, where: string): PolicyBudget {
  const { amount, shoppers, price, tie_share } = objectOf(content, where);
  return {
    amount: numberOf(amount, `${where}.amount`, 0, 1e12),
    shoppers: numberOf(shoppers, `${where}.shoppers`, 1, 1e12),
    price: numberOf(price, `${where}.price`, 0, 1e12),
    tieShare: numberOf(tie_share, `${where}.tie_share`, 0, 1),
  };
}

function parseTreatment(content: unknown, featureCount: number, read: ReadModelFile, where: string): PolicyTreatment {
  const fields = objectOf(content, where);
  const { mean, centre, slope } = objectOf(fields.shrinkage, `${where}.shrinkage`);
  return {
    name: textOf(fields.name, `${where}.name`),
    cost: numberOf(fields.cost, `${where}.cost`, 0, 1e9),
    shrinkage: {
      mean: numberOf(mean, `${where}.shrinkage.mean`, -1e12, 1e12),
      centre: numberOf(centre, `${where}.shrinkage.centre`, -1e12, 1e12),
      slope: numberOf(slope, `${where}.shrinkage.slope`, 0, 1),
    },
    mix: listOf(fields.mix, `${where}.mix`).map((item, i) => {
      const { learner, weight, effect } = objectOf(item, `${where}.mix[${i}]`);
      return {
        learner: textOf(learner, `${where}.mix[${i}].learner`),
        weight: numberOf(weight, `${where}.mix[${i}].weight`, 0, 1),
        model: parseEffect(effect, featureCount, read, `${where}.mix[${i}].effect`),
      };
    }),
  };
}

function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, value, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) refuse(where, value, 'a list with at least one entry');
  return value;
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || !/^[\w .:/-]{1,120}$/.test(value))
    refuse(where, value, 'a text of 1 to 120 letters, digits, spaces and . : / - _');
  return value;
}

function numberOf(value: unknown, where: string, low: number, high: number): number {
  if (typeof value !== 'number' || !(value >= low && value <= high)) refuse(where, value, `a number from ${low} to ${high}`);
  return value;
}

function refuse(where: string, value: unknown, remedy: string): never {
  throw new TillcastError('INPUT_INVALID', `${where} is ${String(JSON.stringify(value)).slice(0, 60)}; it must be ${remedy}`);
}
