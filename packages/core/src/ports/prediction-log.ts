import type { EventName } from '../events/event.ts';
import type { Target } from '../scoring/bundle.ts';
import type { MemberName } from '../scoring/ensemble.ts';

/** What one prediction answered, and everything needed to answer it again, bit for bit. */
export interface PredictionRecord {
  readonly tenant: string;
  readonly predictionId: string;
  /** Whose question it was, as `shopperOf` names shoppers; outcomes are matched by it. */
  readonly shopper: string;
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
  /** The session the question was about: as named, or the one under way; absent = none was. */
  readonly sessionId?: string | undefined;
  readonly itemId?: string | undefined;
  readonly category?: string | undefined;
  readonly brand?: string | undefined;
  readonly price?: number | undefined;
  /** 0–23, 0–6 (0 = Monday), as asked. */
  readonly hour?: number | undefined;
  readonly dayOfWeek?: number | undefined;
  readonly isWeekend?: boolean | undefined;
  readonly target: Target;
  readonly horizonMs: number;
  /** Our clock when the question was scored: what was known by then was in the row. */
  readonly askedAtMs: number;
  /** The moment the answer is about, t. */
  readonly asOfMs: number;
  readonly model: LoggedModel;
  readonly variant?: string | undefined;
  /** What was done with the shopper, where a decision was asked for. */
  readonly decision?: LoggedDecision | undefined;
  /** What the columns of `row` and `contributions` are. Lines share few of them: a store keeps each once, by `hash`. */
  readonly columns: FeatureColumns;
  /** The whole catalogue's row, one float32 a column, bits as they were (NaN included). */
  readonly row: Float32Array;
  /** Parallel to `row`; 0 where the model does not ask; absent where none were given. */
  readonly contributions?: Float64Array | undefined;
  /** Given with `contributions`. */
  readonly baseValue?: number | undefined;
  readonly probability: number;
  readonly logOdds: number;
  readonly agreement: number;
  readonly rung: 'behavioural' | 'profile' | 'prior';
  /** 0–100; absent without a model. */
  readonly percentile?: number | undefined;
  readonly degraded: readonly ('explanation' | 'model' | 'ensemble' | 'state')[];
  /** From the question to the answer, microseconds. */
  readonly latencyUs: number;
  /** Whether the contributions came from the cache. */
  readonly cacheHit: boolean;
}

/** What a policy did with a shopper, and how likely each possibility was: what off-policy evaluation and the next learner need. */
export interface LoggedDecision {
  readonly policy: string;
  readonly version: number;
  /** Absent: none was given. */
  readonly treatment?: string;
  readonly explored: boolean;
  /** P(what was done), above 0. */
  readonly propensity: number;
  /** P(each treatment), in the policy's order; what is left is P(none). */
  readonly propensities: Float64Array;
  /** The holdouts that were in force, and whether each kept the shopper out; where one did, nothing was given and nothing could be. Absent: none was in force. */
  readonly holdouts?: Readonly<Record<string, boolean>>;
}

/** Which model answered; `contentHash` covers members, features, encoders and blend. */
export interface LoggedModel {
  readonly name: string;
  readonly version: string;
  readonly alias?: 'champion' | 'challenger' | 'shadow';
  readonly contentHash: string;
  /** The one member that answered where the ensemble could not. */
  readonly alone?: MemberName;
}

/** Names of feature columns, and the hash of what they mean (the catalogue's). */
export interface FeatureColumns {
  readonly hash: string;
  readonly names: readonly string[];
}

/**
 * What labels need of the event log, which stays the truth: purchases and refunds; logins that made a device's history its user's, told to both
 * (`eventTimeMs` = when it was known); and, as `echo`, that somebody linked to the shopper had one of these, for labels of theirs may change by it.
 */
export interface Outcome {
  readonly tenant: string;
  readonly shopper: string;
  /** The session the event fell into; absent = none (it came too late, say). */
  readonly sessionId?: string;
  readonly eventId: string;
  readonly event: Extract<EventName, 'purchase' | 'refund'> | 'login' | 'echo';
  /** The other shopper of a `login` or `echo`. */
  readonly linked?: string;
  readonly eventTimeMs: number;
  readonly receivedAtMs: number;
  readonly sequence?: number;
  readonly transactionId?: string;
  readonly items: readonly { readonly itemId: string; readonly quantity: number }[];
}

/** What became of a prediction. Versions count 1, 2, 3 …; the highest is the current one. */
export interface PredictionLabel {
  readonly version: number;
  /** Bought within the horizon. */
  readonly label: 0 | 1;
  /** The same without what was returned, as far as is known. */
  readonly labelNet: 0 | 1;
  /** Whether the refund window had closed too: only then is `labelNet` to be learnt from. */
  readonly netFinal: boolean;
  readonly decidedAtMs: number;
  /** `closed` = version 1; `matured` = the refund window closed; `reopened` = an outcome became known that changes it. */
  readonly because: 'closed' | 'matured' | 'reopened';
}

/** A prediction with its current label; absent = its window has not closed, or was not looked at yet. */
export interface LoggedPrediction {
  readonly record: PredictionRecord;
  readonly label?: PredictionLabel;
}

/** A prediction whose label is to be decided, or decided anew. */
export interface LabelDue
  extends Pick<
    PredictionRecord,
    'tenant' | 'predictionId' | 'shopper' | 'sessionId' | 'itemId' | 'target' | 'horizonMs' | 'askedAtMs' | 'asOfMs'
  > {
  readonly current?: PredictionLabel;
  /** Counts the outcomes that may change this label; told back in `LabelDecision`, so that one that came meanwhile is not overlooked. */
  readonly revision: number;
}

/** What was decided of a `LabelDue`. */
export interface LabelDecision {
  readonly tenant: string;
  readonly predictionId: string;
  readonly revision: number;
  /** The new version, `(current?.version ?? 0) + 1`; absent = the current one stands. */
  readonly label?: PredictionLabel;
  /** The version this was decided upon, 0 = none. */
  readonly upon: number;
}

/** Lines with `fromMs <= askedAtMs < untilMs`, of one tenant; of several conditions all must hold. */
export interface PredictionQuery {
  /** Default `default`. */
  readonly tenant?: string;
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly target?: Target;
  /** Only those that have a label. */
  readonly labelled?: boolean;
  /** Only those that carry a decision. */
  readonly decided?: boolean;
  /** Lines a batch holds at most; default 1,024. */
  readonly batch?: number;
}

/** How many rows of each kind were removed. */
export interface Erased {
  readonly predictions: number;
  readonly labels: number;
  readonly outcomes: number;
}

/**
 * Every prediction that was served, what it led to, and its label. The contract suite (packages/core/test/contract/prediction-log.ts) holds
 * every implementation to these sentences.
 * - `append` is idempotent by (`tenant`, `predictionId`): the first record stays. It answers how many were new.
 * - What is read is what was appended: every bit of `row`, `contributions` and numbers; and it is the caller's own.
 * - `read` yields batches in the order of (`askedAtMs`, `predictionId` by code points); `latest` is the same order backwards.
 * - `addOutcomes` is idempotent by (`tenant`, `eventId`). A new outcome at e makes every *labelled* prediction of its shopper due again that has
 *   `asOfMs <= e` and `asOfMs + horizonMs >= e − refundWindowMs`, in one step with its insertion; one that has no label yet is due again as soon as it
 *   has one that was decided without this outcome.
 * - `due` gives what has no label and `asOfMs + horizonMs <= nowMs`; what has one that is not final, and `asOfMs + horizonMs + refundWindowMs <= nowMs`;
 *   and what an outcome made due again. At most `limit`.
 * - `decide` is atomic as a whole. A decision whose `upon` is not the current version is passed over. One that stands, or adds the next version, takes
 *   the prediction off the due ones, unless `revision` moved meanwhile. It answers how many versions were added.
 * - `erase` removes every line, label and outcome of a shopper: `u:` and the user's id, or `a:` and the device's, whoever of the two asked; and the
 *   outcomes of others that name them as `linked`.
 * - `prune` removes lines asked before a moment, at most `limit` of them, with their labels, and outcomes that no line that stays can need.
 * - After `close`, every call rejects with STORE_UNAVAILABLE.
 */
export interface PredictionLog {
  /** Whether what was appended outlives this process. */
  readonly durable: boolean;
  append(records: readonly PredictionRecord[]): Promise<number>;
  find(tenant: string, predictionId: string): Promise<LoggedPrediction | undefined>;
  latest(tenant: string, limit: number): Promise<readonly LoggedPrediction[]>;
  read(query?: PredictionQuery): AsyncIterable<readonly LoggedPrediction[]>;
  count(tenant?: string): Promise<number>;
  /** The earliest `asOfMs` of any line: outcomes that happened before are needed by none. Undefined: there are no lines. */
  oldestAsOfMs(): Promise<number | undefined>;
  addOutcomes(outcomes: readonly Outcome[], refundWindowMs: number): Promise<number>;
  /** A shopper's outcomes with `eventTimeMs >= fromMs`, by (`eventTimeMs`, `eventId`). */
  outcomes(tenant: string, shopper: string, fromMs: number): Promise<readonly Outcome[]>;
  due(at: { readonly nowMs: number; readonly refundWindowMs: number; readonly limit: number }): Promise<readonly LabelDue[]>;
  decide(decisions: readonly LabelDecision[]): Promise<number>;
  /** Every version of a prediction's label, the first first. */
  labels(tenant: string, predictionId: string): Promise<readonly PredictionLabel[]>;
  erase(tenant: string, shopper: string): Promise<Erased>;
  prune(askedBeforeMs: number, limit: number): Promise<Erased>;
  close(): Promise<void>;
}
