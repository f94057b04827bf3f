import { versionPattern } from '../scoring/bundle/parse-manifest.ts';
import { type MemberName, memberNames } from '../scoring/ensemble.ts';
import type { ModelChoice, Treatment, Variant } from './experiment.ts';
import { treatmentKinds } from './experiment.ts';
import type { FieldReader } from './read-fields.ts';

/** Arms of one experiment at most: more cannot be told apart. */
export const maxVariants = 16;
const aliases = ['champion', 'challenger', 'shadow'];
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const isMember = (text: string): text is MemberName => (memberNames as readonly string[]).includes(text);

const spelling = `a member (${memberNames.join(', ')}), ensemble, an alias (${aliases.join(', ')}) or a version`;

/** The model that a text names: a member of the champion, the champion as a whole, an alias, or a version; undefined = none. */
export function modelNamed(text: string): ModelChoice | undefined {
  if (isMember(text)) return { version: 'champion', member: text };
  if (text === 'ensemble') return { version: 'champion' };
  return aliases.includes(text) || versionPattern.test(text) ? { version: text } : undefined;
}

function readModel(variant: FieldReader): ModelChoice | undefined {
  const given = variant.raw('model');
  if (typeof given === 'string')
    return modelNamed(given) ?? variant.refuse('model', `${JSON.stringify(given)} names no model; give ${spelling}`);
  const model = variant.object('model')?.only('version', 'member');
  if (model === undefined) return undefined;
  const member = model.choice('member', memberNames);
  const version = model.name('version') ?? 'champion';
  return { version, ...(member === undefined ? {} : { member }) };
}

function readTreatment(variant: FieldReader): Treatment | undefined {
  const treatment = variant.object('treatment')?.only('kind', 'id');
  if (treatment === undefined) return undefined;
  const [kind, id] = [treatment.choice('kind', treatmentKinds), treatment.name('id')];
  if (!treatment.has('kind')) treatment.refuse('kind', `is missing; give one of ${treatmentKinds.join(', ')}`);
  if (!treatment.has('id')) treatment.refuse('id', 'is missing; name the insight set, offer or message');
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

function readSpelled(variant: FieldReader): Variant | undefined {
  variant.only('name', 'model', 'treatment');
  const name = variant.name('name');
  if (name === undefined && !variant.has('name')) variant.refuse('name', 'is missing');
  const [model, treatment] = [readModel(variant), readTreatment(variant)];
  if (name === undefined) return undefined;
  return { name, ...(model === undefined ? {} : { model }), ...(treatment === undefined ? {} : { treatment }) };
}

/**
 * Reads `variants`: names alone, or `{name, model?, treatment?}`. A bare name that is a model's stands for that model; where one does, the others must too
 * (`control` is the champion), so that a name misspelt is not taken for a variant without a model.
 */
export function readVariants(experiment: FieldReader): readonly Variant[] {
  const list = experiment.list('variants', maxVariants);
  if (list === undefined) {
    if (!experiment.has('variants')) experiment.refuse('variants', 'is missing; name at least two');
    return [];
  }
  const bare = list.filter((one) => typeof one === 'string');
  const areModels = bare.some((name) => modelNamed(name) !== undefined);
  const variants = list.flatMap((one, index): Variant[] => {
    if (typeof one !== 'string')
      return [readSpelled(experiment.entry('variants', index))].filter((variant) => variant !== undefined);
    const model = modelNamed(one) ?? (one === 'control' ? { version: 'champion' } : undefined);
    if (!namePattern.test(one) || (areModels && model === undefined))
      experiment.refuse(
        'variants',
        `${JSON.stringify(one)} names no model, as the others do; give ${spelling}, or {name, treatment}`,
      );
    return [{ name: one, ...(areModels && model !== undefined ? { model } : {}) }];
  });
  if (variants.length < 2) experiment.refuse('variants', `holds ${variants.length}; at least two are compared`);
  const names = variants.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) experiment.refuse('variants', `names ${JSON.stringify(twice)} twice`);
  return variants;
}

/** Reads `traffic_split`: a weight for each variant, adding up to 1; absent: equal weights. */
export function readWeights(experiment: FieldReader, variants: readonly Variant[]): readonly number[] {
  const split = experiment.object('traffic_split');
  if (split === undefined) return variants.map(() => 1 / variants.length);
  const names = variants.map(({ name }) => name);
  for (const name of Object.keys(split.fields))
    if (!names.includes(name)) split.refuse(name, `is no variant; the variants are ${names.join(', ')}`);
  const weights = names.map((name) => {
    if (!split.has(name)) split.refuse(name, 'is missing; every variant needs a weight, 0 to give it nobody');
    return split.number(name, 0, 1) ?? 0;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) > 1e-9) {
    const mended = weights.map((weight) => Number((weight / sum).toFixed(4))).join(', ');
    experiment.refuse(
      'traffic_split',
      `adds up to ${Number(sum.toFixed(9))}; it must be 1${sum > 0 ? ` (in proportion: ${mended})` : ''}. To expose fewer units, set exposure_share`,
    );
  }
  return weights;
}
