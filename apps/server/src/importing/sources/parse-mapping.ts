import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { canonicalName } from '@tillcast/core/events/aliases';
import type { EventName } from '@tillcast/core/events/event';
import { Problems, show } from '@tillcast/core/events/problems';
import { type Fields, isFields, own, refuseUnknown } from '@tillcast/core/events/read-field';
import { parse } from 'yaml';
import { type TimeFormat, timeFormats } from './instants.ts';

/** A mapping file, checked (docs/guides/events.md; examples/mapping.yaml). */
export interface Mapping {
  /** Part of the identity of rows without an id. */
  readonly name: string;
  readonly delimiter?: string;
  readonly timeFormat: TimeFormat;
  /** Our field → their column. */
  readonly columns: Readonly<Record<string, string>>;
  /** Our field → the same value in every row without one. */
  readonly constants: Readonly<Record<string, string>>;
  /** Their name of an event → ours. */
  readonly events: Readonly<Record<string, EventName>>;
}

const required = ['event_time', 'event'];
const fields = new Set([
  ...[
    'event_id',
    'event',
    'event_time',
    'received_at',
    'user_id',
    'anonymous_id',
    'session_id',
    'transaction_id',
    'value',
    'currency',
    'prediction_id',
  ],
  ...['item_id', 'category', 'brand', 'price', 'quantity'],
]);
const known = new Set(['name', 'delimiter', 'time_format', 'columns', 'constants', 'events']);

/** Takes a mapping from YAML; all problems are told at once, each with its place. */
export function parseMapping(yaml: string, file: string): Mapping {
  const value = parseYaml(yaml, file);
  const problems = new Problems();
  if (!isFields(value)) throw refusal(file, [`it must be a table of ${[...known].join(', ')}, not ${show(value)}`]);
  refuseUnknown(value, known, '', problems);
  const columns = texts(value, 'columns', problems);
  const constants = texts(value, 'constants', problems);
  refuseUnknown(columns, fields, '/columns', problems);
  refuseUnknown(constants, fields, '/constants', problems);
  for (const field of required) {
    if (!(field in columns) && !(field in constants))
      problems.add(`/columns/${field}`, 'is missing; name the column that holds it');
  }
  if (!('user_id' in columns) && !('anonymous_id' in columns))
    problems.add('/columns/user_id', 'is missing, and so is anonymous_id; map one of them');
  const mapping = {
    name: textOf(value, 'name', problems) ?? 'mapping',
    timeFormat: timeFormatOf(value, problems),
    columns,
    constants,
    events: eventsOf(value, problems),
    ...delimiterOf(value, problems),
  };
  if (problems.list.length > 0)
    throw refusal(
      file,
      problems.list.map(({ pointer, problem }) => `${pointer || '/'} ${problem}`),
    );
  return mapping;
}

const refusal = (file: string, problems: readonly string[]): TillcastError =>
  new TillcastError('INPUT_INVALID', `the mapping ${file} is wrong: ${problems.join('; ')}`);

function parseYaml(yaml: string, file: string): unknown {
  try {
    return parse(yaml, { maxAliasCount: 0 });
  } catch (error) {
    throw refusal(file, [(error as Error).message.split('\n')[0]!]);
  }
}

function textOf(value: Fields, name: string, problems: Problems): string | undefined {
  const text = own(value, name);
  if (text === undefined || (typeof text === 'string' && text !== '')) return text;
  return problems.add(`/${name}`, `must be text, not ${show(text)}`);
}

function texts(value: Fields, name: string, problems: Problems): Record<string, string> {
  const table = own(value, name) ?? {};
  if (!isFields(table)) {
    problems.add(`/${name}`, `must be a table, not ${show(table)}`);
    return {};
  }
  for (const [key, text] of Object.entries(table)) {
    if (typeof text !== 'string' || text === '') problems.add(`/${name}/${key}`, `must be text, not ${show(text)}; quote it`);
  }
  return table as Record<string, string>;
}

function timeFormatOf(value: Fields, problems: Problems): TimeFormat {
  const format = own(value, 'time_format') ?? 'datetime';
  if (timeFormats.includes(format as TimeFormat)) return format as TimeFormat;
  problems.add('/time_format', `must be one of ${timeFormats.join(', ')}, not ${show(format)}`);
  return 'datetime';
}

function delimiterOf(value: Fields, problems: Problems): { delimiter?: string } {
  const delimiter = textOf(value, 'delimiter', problems);
  if (delimiter === undefined) return {};
  if (delimiter.length !== 1 || delimiter === '"')
    problems.add('/delimiter', `must be one character other than a quote, not ${show(delimiter)}`);
  return { delimiter };
}

function eventsOf(value: Fields, problems: Problems): Record<string, EventName> {
  const table = texts(value, 'events', problems);
  const pairs = Object.entries(table).map(([theirs, ours]): [string, EventName] => {
    const name = canonicalName(ours);
    if (name === undefined)
      problems.add(`/events/${theirs}`, `${show(ours)} is no event name of ours; see docs/guides/events.md`);
    return [theirs, name ?? 'view_item'];
  });
  return Object.fromEntries(pairs);
}
