import { engineOf } from '@tillcast/trees/engine-of';
import { readForest } from '@tillcast/trees/read-forest';
import { TillcastError } from '../../errors/tillcast-error.ts';
import type { EffectModel, EffectTerm } from './effect-model.ts';
import type { LinearColumn, LinearTerm } from './linear-term.ts';

/** Gives the text of a model file by its relative path. */
export type ReadModelFile = (path: string) => string;

/** Reads one effect of the trainer's result, {"constant", "terms"}; what it names but cannot be believed is refused with its place. */
export function parseEffect(content: unknown, featureCount: number, read: ReadModelFile, where: string): EffectModel {
  const { constant, terms } = asObject(content, where);
  if (!Array.isArray(terms)) refuse(`${where}.terms`, terms, 'a list');
  return {
    constant: asNumber(constant, `${where}.constant`),
    terms: terms.map((term, i) => parseTerm(term, featureCount, read, `${where}.terms[${i}]`)),
  };
}

function parseTerm(content: unknown, featureCount: number, read: ReadModelFile, where: string): EffectTerm {
  const { weight, link, linear, file } = asObject(content, where);
  if (link !== 'identity' && link !== 'logistic') refuse(`${where}.link`, link, '"identity" or "logistic"');
  const shared = { weight: asNumber(weight, `${where}.weight`), link } as const;
  if (linear !== undefined)
    return { ...shared, model: { kind: 'linear', linear: parseLinear(linear, featureCount, `${where}.linear`) } };
  if (typeof file !== 'string' || !/^members\/[\w.-]{1,120}$/.test(file)) refuse(`${where}.file`, file, 'a file under members/');
  const forest = readForest(read(file), { file });
  if (forest.featureCount > featureCount) refuse(`${where}.file`, file, `a model of at most ${featureCount} features`);
  if (forest.featureCount < featureCount) refuse(`${where}.file`, file, `a model of ${featureCount} features`);
  return { ...shared, model: { kind: 'forest', engine: engineOf(forest) } };
}

function parseLinear(content: unknown, featureCount: number, where: string): LinearTerm {
  const { intercept, clip, columns } = asObject(content, where);
  if (!Array.isArray(columns) || columns.length !== featureCount)
    refuse(`${where}.columns`, columns, `a list of ${featureCount} columns`);
  return {
    intercept: asNumber(intercept, `${where}.intercept`),
    clip: asNumber(clip, `${where}.clip`),
    columns: columns.map((column, i) => parseColumn(column, `${where}.columns[${i}]`)),
  };
}

function parseColumn(content: unknown, where: string): LinearColumn {
  const { curve, mean, scale, coefficient, missing } = asObject(content, where);
  if (curve !== 'plain' && curve !== 'log') refuse(`${where}.curve`, curve, '"plain" or "log"');
  return {
    curve,
    mean: asNumber(mean, `${where}.mean`),
    scale: asNumber(scale, `${where}.scale`),
    coefficient: asNumber(coefficient, `${where}.coefficient`),
    missing: asNumber(missing, `${where}.missing`),
  };
}

function asObject(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, value, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function asNumber(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(where, value, 'a finite number');
  return value;
}

function refuse(where: string, value: unknown, remedy: string): never {
  throw new TillcastError('INPUT_INVALID', `${where} is ${String(JSON.stringify(value)).slice(0, 60)}; it must be ${remedy}`);
}
