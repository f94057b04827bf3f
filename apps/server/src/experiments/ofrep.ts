import { createHash } from 'node:crypto';
import type { OfrepBulkAnswer, OfrepEvaluation, OfrepFailure } from '@tillcast/api/experiments';
import { limits } from '@tillcast/core/events/limits';
import { textProblem } from '@tillcast/core/events/read-field';
import type { UnitKind } from '@tillcast/core/experiments/experiment';
import type { Asker } from '@tillcast/core/experiments/unit-keys';
import { factsOfContext } from './context-facts.ts';
import type { ExperimentDesk } from './desk.ts';
import type { Meeting, Meetings } from './meetings.ts';
import { mustReadExperiment } from './read-experiment.ts';
import type { RunningExperiments } from './running.ts';

/** An answer of the protocol with its HTTP status. */
export type OfrepAnswer =
  | { readonly status: 200; readonly body: OfrepEvaluation }
  | { readonly status: 400 | 404; readonly body: OfrepFailure };
export type OfrepBulk =
  | { readonly status: 200; readonly etag: string; readonly body: OfrepBulkAnswer }
  | { readonly status: 400; readonly body: OfrepFailure };

/** Evaluates experiments as flags of the OpenFeature Remote Evaluation Protocol (github.com/open-feature/protocol). */
export interface Ofrep {
  /** One flag: asked when its value is used, so it exposes, unless `tillcast_expose` in the context is false. */
  evaluate(key: string, body: unknown): Promise<OfrepAnswer>;
  /** Every flag that runs: a prefetch, so it exposes nobody, unless `tillcast_expose` is true. */
  evaluateAll(body: unknown): Promise<OfrepBulk>;
}

type Context = Readonly<Record<string, unknown>>;
type Refusal = Pick<OfrepFailure, 'errorCode' | 'errorDetails'>;

/** Attributes of a context at most. */
const mostAttributes = 64;
const isPlain = (value: unknown): value is Context => typeof value === 'object' && value !== null && !Array.isArray(value);

const refusal = (errorCode: string, errorDetails: string): Refusal => ({ errorCode, errorDetails });

/** The context of a request body, or what is wrong with it. */
function readContext(body: unknown): { readonly context: Context } | { readonly refusal: Refusal } {
  if (!isPlain(body)) return { refusal: refusal('PARSE_ERROR', 'send {"context": {"targetingKey": …}}') };
  const { context } = body;
  if (context === undefined)
    return { refusal: refusal('TARGETING_KEY_MISSING', 'context.targetingKey is missing: it names the unit') };
  if (!isPlain(context)) return { refusal: refusal('INVALID_CONTEXT', 'context must be an object') };
  if (Object.keys(context).length > mostAttributes)
    return {
      refusal: refusal('INVALID_CONTEXT', `context has more than ${mostAttributes} attributes; send those that targeting asks`),
    };
  for (const name of ['targetingKey', 'user_id', 'anonymous_id', 'session_id']) {
    const value = context[name];
    const problem = value === undefined ? undefined : value === '' ? 'must not be empty' : textProblem(value, limits.idLength);
    if (problem !== undefined) return { refusal: refusal('INVALID_CONTEXT', `context.${name} ${problem}`) };
  }
  const names = ['targetingKey', 'user_id', 'anonymous_id', 'session_id'];
  return names.some((name) => context[name] !== undefined)
    ? { context }
    : { refusal: refusal('TARGETING_KEY_MISSING', 'context.targetingKey is missing: it names the unit') };
}

/** Who a context is about: `targetingKey` stands for the unit's own kind of id where that is not given. */
function askerOf(context: Context, unit: UnitKind): Asker {
  const text = (name: string): string | undefined => context[name] as string | undefined;
  const key = text('targetingKey');
  const [userId, anonymousId, sessionId] = [text('user_id'), text('anonymous_id'), text('session_id')];
  switch (unit) {
    case 'device':
      return { userId, anonymousId: anonymousId ?? (userId === undefined ? key : undefined), sessionId };
    case 'shopper':
      return { userId: userId ?? (anonymousId === undefined ? key : undefined), anonymousId, sessionId };
    case 'session':
      return { userId, anonymousId, sessionId: sessionId ?? key };
  }
}

function evaluation({ placed, isExposed }: Meeting): OfrepEvaluation {
  const { live, variant, reason } = placed;
  const { experiment, version } = live;
  const treatment = experiment.variants.find(({ name }) => name === variant)?.treatment;
  return {
    key: experiment.id,
    value: variant ?? experiment.control,
    ...(variant === undefined ? {} : { variant }),
    reason: variant === undefined ? 'DEFAULT' : 'SPLIT',
    metadata: {
      version,
      exposed: isExposed,
      ...(reason === undefined ? {} : { why: reason }),
      ...(treatment === undefined ? {} : { treatment_kind: treatment.kind, treatment_id: treatment.id }),
    },
  };
}

/** Opens it over the experiments. */
export function openOfrep(running: RunningExperiments, meetings: Meetings, desk: ExperimentDesk, now: () => number): Ofrep {
  const meet = async (
    live: ReturnType<RunningExperiments['at']>[number],
    context: Context,
    expose: boolean,
  ): Promise<OfrepEvaluation> =>
    evaluation(await meetings.meet(live, askerOf(context, live.experiment.unit), factsOfContext(context), expose));

  /** One that does not run, or not now: everybody gets the control. */
  async function disabled(key: string): Promise<OfrepAnswer> {
    const found = (await desk.list()).find(({ id }) => id === key);
    if (found === undefined)
      return { status: 404, body: { key, ...refusal('FLAG_NOT_FOUND', `there is no experiment ${JSON.stringify(key)}`) } };
    const { control } = mustReadExperiment(found.config);
    const metadata = { version: found.version, exposed: false, state: found.state };
    return { status: 200, body: { key, value: control, reason: 'DISABLED', metadata } };
  }

  return {
    async evaluate(key, body) {
      const read = readContext(body);
      if ('refusal' in read) return { status: 400, body: { key, ...read.refusal } };
      const live = running.at(now()).find(({ experiment }) => experiment.id === key);
      if (live === undefined) return disabled(key);
      return { status: 200, body: await meet(live, read.context, read.context.tillcast_expose !== false) };
    },
    async evaluateAll(body) {
      const read = readContext(body);
      if ('refusal' in read) return { status: 400, body: read.refusal };
      const expose = read.context.tillcast_expose === true;
      const flags = await Promise.all(running.at(now()).map((live) => meet(live, read.context, expose)));
      const told = flags.map(({ metadata: { exposed: _, ...metadata }, ...flag }) => ({ ...flag, metadata }));
      const etag = `"${createHash('sha256').update(JSON.stringify(told)).digest('base64url').slice(0, 22)}"`;
      return { status: 200, etag, body: { flags } };
    },
  };
}
