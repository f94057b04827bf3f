import type { FieldProblem } from '@tillcast/core/events/problems';
import type { Experiment, ModelChoice } from '@tillcast/core/experiments/experiment';
import type { PinnedModels } from '@tillcast/core/ports/experiment-store';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { BundleManifest, Target } from '@tillcast/core/scoring/bundle';

/** The models an experiment runs with, or what keeps it from having them. */
export type Pinning = { readonly pinned: PinnedModels | undefined } | { readonly problems: readonly FieldProblem[] };

const targets: readonly Target[] = ['item', 'session'];

/** Whose models are meant: as the experiment says, else the first target that has a champion. */
async function targetOf({ target }: Experiment, registry: ModelRegistry): Promise<Target> {
  if (target !== undefined) return target;
  for (const one of targets) if ((await registry.resolve(one, 'champion')) !== undefined) return one;
  return 'item';
}

const ships = ({ members }: BundleManifest, { member }: ModelChoice): boolean =>
  member === undefined || members.some(({ name }) => name === member);

/**
 * Finds the versions that an experiment's variants name now. A member asked of the champion, which ships only members that its blend gives weight, is
 * taken of the newest version that ships it; which one is in the pinning.
 */
export async function pinModels(experiment: Experiment, registry: ModelRegistry): Promise<Pinning> {
  const wanted = experiment.variants.filter(({ model }) => model !== undefined);
  if (wanted.length === 0) return { pinned: undefined };
  const target = await targetOf(experiment, registry);
  const manifests = await registry.list(target);
  const problems: FieldProblem[] = [];
  const models: Record<string, PinnedModels['models'][string]> = {};
  let horizonMs = 0;
  for (const { name, model } of wanted) {
    const choice = model!;
    const version = await registry.resolve(target, choice.version);
    const named = manifests.find((manifest) => manifest.version === version);
    const manifest =
      named !== undefined && !ships(named, choice) && choice.version === 'champion'
        ? manifests.findLast((one) => ships(one, choice))
        : named;
    const pointer = `/variants/${experiment.variants.findIndex((variant) => variant.name === name)}`;
    const known = `"tillcast models list --target ${target}" shows what there is`;
    if (named === undefined)
      problems.push({
        pointer,
        problem: `there is no ${choice.version} of the model "${target}": train or promote one; ${known}`,
      });
    else if (manifest === undefined || !ships(manifest, choice))
      problems.push({
        pointer,
        problem: `${named.version} ships no ${choice.member}, only ${named.members.map((one) => one.name).join(', ')}: its blend gives the others no weight. Leave the variant out, or name a version that ships it; ${known}`,
      });
    else {
      models[name] = { version: manifest.version, ...(choice.member === undefined ? {} : { member: choice.member }) };
      horizonMs = Math.max(horizonMs, manifest.horizonMs);
    }
  }
  return problems.length > 0 ? { problems } : { pinned: { target, horizonMs, models } };
}
