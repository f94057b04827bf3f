import type { Tally } from './campaign.ts';

/** What a campaign came to, in a few lines; findings first to be replayed. */
export function report({ refused, believed, residentMb, byLibrary, byDamage, findings }: Tally, seconds: number): string {
  const share = ([key, [no, yes]]: [string, [number, number]]) => `${key} ${no} / ${yes}`;
  return [
    `${refused + believed + findings.length} mutants in ${seconds.toFixed(0)} s: ${refused} refused, ${believed} believed and sound, ${findings.length} faults; a worker held at most ${residentMb} MB`,
    `refused / believed by library: ${Object.entries(byLibrary).map(share).join(', ')}`,
    `by damage: ${Object.entries(byDamage).map(share).join(', ')}`,
    ...findings
      .slice(0, 20)
      .map(
        ({ seed, number, fixture, damages, fault }) =>
          `--seed ${seed} --only ${number} (${fixture}: ${damages.join(', ')}): ${fault}`,
      ),
  ].join('\n');
}
