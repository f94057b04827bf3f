import type { Ensemble, MemberName, Score } from '@tillcast/core/scoring/ensemble';
import { scoreEach, scoreRow } from '@tillcast/core/scoring/score-row';
import { weightedMembers } from '@tillcast/core/scoring/weighted-members';
import { type Circuit, openCircuit } from './circuit.ts';

/** A score, and the one member it comes from where the ensemble could not be asked. */
export interface Rescued {
  readonly score: Score;
  readonly alone: MemberName | undefined;
}

/** Scores each row as well as it can be: by the ensemble, else by one of its members, else not at all, which leaves the prior. */
export type ScoreSafely = (ensemble: Ensemble, rows: readonly Float32Array[]) => readonly (Rescued | undefined)[];

export interface LadderSettings {
  /** A monotonic clock, ms. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
  /** How rows, laid out one after the other, are scored; replaced in tests, where it must fail. */
  readonly score?: (ensemble: Ensemble, rows: Float32Array, rowCount: number) => readonly Score[];
}

const scoreAll = (ensemble: Ensemble, rows: Float32Array, rowCount: number): readonly Score[] =>
  rowCount === 1 ? [scoreRow(ensemble, rows)] : scoreEach(ensemble, rows, rowCount);

/** The rows one after the other. */
function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]!.length;
  const all = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) all.set(row, index * width);
  return all;
}

/** The ensemble reduced to one member, calibration kept: the member's own log-odds lie on the scale that the blend's do. */
export const onlyWith = (ensemble: Ensemble, name: MemberName): Ensemble => ({
  ...ensemble,
  members: ensemble.members.filter((member) => member.name === name),
  blend: { ...ensemble.blend, weights: { [name]: 1 } },
});

/** The members alone, the weightiest first. */
const rungsOf = (ensemble: Ensemble): readonly (readonly [MemberName, Ensemble])[] =>
  weightedMembers(ensemble.blend)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ name }) => [name, onlyWith(ensemble, name)]);

/**
 * Opens the ladder champion → member → prior. An ensemble that fails is not asked again for a while, so that what is wrong with it costs one exception a
 * rest and not one an answer; a failure is an exception, or a score that is no finite number.
 */
export function openLadder({ now, onFailure, score = scoreAll }: LadderSettings): ScoreSafely {
  const circuits = new WeakMap<Ensemble, Circuit>();
  const rungs = new WeakMap<Ensemble, ReturnType<typeof rungsOf>>();
  const circuitOf = (ensemble: Ensemble): Circuit => {
    const circuit = circuits.get(ensemble) ?? openCircuit({ now, failures: 1 });
    circuits.set(ensemble, circuit);
    return circuit;
  };

  function attempt(ensemble: Ensemble, row: Float32Array): Score | undefined {
    const circuit = circuitOf(ensemble);
    const pass = circuit.enter();
    if (pass === undefined) return undefined;
    try {
      const made = score(ensemble, row, 1)[0]!;
      if (!Number.isFinite(made.logOdds)) throw new RangeError(`the ensemble scored ${made.logOdds}`);
      circuit.succeeded(pass);
      return made;
    } catch (error) {
      circuit.failed(pass);
      onFailure(error);
      return undefined;
    }
  }

  function rescue(ensemble: Ensemble, row: Float32Array): Rescued | undefined {
    const whole = attempt(ensemble, row);
    if (whole !== undefined) return { score: whole, alone: undefined };
    const members = rungs.get(ensemble) ?? rungsOf(ensemble);
    rungs.set(ensemble, members);
    for (const [name, reduced] of members) {
      const part = attempt(reduced, row);
      // One member always agrees with itself; nothing is known of what the others would say.
      if (part !== undefined) return { score: { ...part, agreement: 0 }, alone: name };
    }
    return undefined;
  }

  /** Rows together, where nothing is wrong; undefined = ask each by itself. */
  function together(ensemble: Ensemble, rows: readonly Float32Array[]): Rescued[] | undefined {
    if (rows.length < 2) return undefined;
    const circuit = circuitOf(ensemble);
    const pass = circuit.enter();
    if (pass === undefined) return undefined;
    try {
      const made = score(ensemble, joined(rows), rows.length);
      if (!made.every(({ logOdds }) => Number.isFinite(logOdds))) throw new RangeError('the ensemble scored what is no number');
      circuit.succeeded(pass);
      return made.map((one) => ({ score: one, alone: undefined }));
    } catch {
      // Asked one by one, each is judged, and what is wrong with one is told of that one alone.
      circuit.succeeded(pass);
      return undefined;
    }
  }

  return (ensemble, rows) => together(ensemble, rows) ?? rows.map((row) => rescue(ensemble, row));
}
