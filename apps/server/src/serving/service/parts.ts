import type { Bus } from '@tillcast/core/ports/bus';
import type { Cache } from '@tillcast/core/ports/cache';
import type { DeadLetters } from '@tillcast/core/ports/dead-letters';
import type { EventLog } from '@tillcast/core/ports/event-log';
import type { ItemCatalogue } from '@tillcast/core/ports/item-catalogue';
import type { ModelRegistry } from '@tillcast/core/ports/model-registry';
import type { Suppressions } from '@tillcast/core/ports/suppressions';
import type { Tellings } from '@tillcast/core/ports/tellings';
import type { ShopSettings } from '@tillcast/core/shop/settings';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { OpenHotState } from '../../compose.ts';
import type { ExperimentStores, ServedExperiments } from '../../experiments/open-experiments.ts';
import type { Access } from '../../http/auth/guard.ts';
import type { Front } from '../../http/front.ts';
import type { SegmentService, SegmentSettings } from '../../segments/service.ts';
import type { BatchFolders } from '../batch-desk.ts';
import type { Champions } from '../champions.ts';
import type { PredictionStores } from '../prediction-desk.ts';
import type { KeepingSettings, PredictionKeeping } from '../prediction-keeping.ts';

/** What the service stands on. */
export interface ServiceParts {
  readonly registry: ModelRegistry;
  readonly eventLog: EventLog;
  readonly deadLetters: DeadLetters;
  readonly catalogue: ItemCatalogue;
  readonly suppressions: Suppressions;
  /** Closed with the app. */
  readonly predictions: PredictionStores;
  /** Closed with the app; default: in this process. */
  readonly experiments?: ExperimentStores;
  /** Where what is known of shoppers and items is kept; default: in this process. */
  readonly openHotState?: OpenHotState;
  /** Tells the processes that share the stores what they cannot see there; default: there are no others. */
  readonly bus?: Bus;
  /** Where these share explanations; default: nowhere. */
  readonly cache?: Cache | undefined;
  /** Where these share who was told what, so that caps hold over all of them; default: nowhere. */
  readonly tellings?: Tellings | undefined;
  readonly access: Access;
  readonly log: Logger;
}

/** How the service behaves. */
export interface ServiceSettings extends KeepingSettings {
  readonly now?: () => number;
  readonly rules?: string | undefined;
  /** The language insights are spoken in (BCP 47); default: that of the rules. */
  readonly language?: string | undefined;
  /** Where segments lie and how they are timed; without, there are none. */
  readonly segmentation?: SegmentSettings | undefined;
  /** A file of traffic rules; default: the shipped ones. */
  readonly trafficRules?: string | undefined;
  /** What the shop says of itself: currency, time zone, days that matter. */
  readonly shop?: ShopSettings | undefined;
  readonly timeZone?: string | undefined;
  readonly sessionGapMs?: number | undefined;
  /** Memory for what features remember of shoppers and items, MiB. */
  readonly stateMemoryMb?: number | undefined;
  readonly corsOrigins?: readonly string[];
  readonly consoleFolder?: string;
  readonly watchEveryMs?: number;
  readonly onReplay?: (done: number, of: number) => void;
  /** What webhooks are signed with. */
  readonly webhookSecret?: string | undefined;
  /** Where learnt policies lie; without, there are none. */
  readonly policies?: string;
  /** Where batch jobs and the inbox lie; without, there are no jobs. */
  readonly batch?: BatchFolders;
  /** What stands before the app; default: deadlines, and shedding by the age of the queue. */
  readonly front?: Front;
}

/** The app with what it holds open. */
export interface Service {
  readonly app: FastifyInstance;
  readonly champions: Champions;
  readonly keeping: PredictionKeeping;
  /** Undefined without a data directory. */
  readonly segments: SegmentService | undefined;
  readonly experiments: ServedExperiments;
  /** From now on `/readyz` says no, and no connection is kept after its answer. */
  readonly drain: () => void;
}

/** Whose events these are, where nobody says otherwise. */
export const tenant = 'default';
