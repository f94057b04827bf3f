import type { ParseExpression } from '../rules/expression.ts';
import {
  asId,
  asLanguage,
  asList,
  asRecord,
  asText,
  asTexts,
  asWhole,
  refuseRule,
  refuseTwice,
  shown,
} from '../rules/rule-checks.ts';
import { rankable } from './facts.ts';
import { defaultLifecycle, type LifecycleBounds } from './lifecycle.ts';
import type { Destination, Membership, Segment, SegmentFile } from './segment.ts';

const fileKeys = ['language', 'lifecycle', 'clv_days', 'segments', 'destinations'];
const mostSegments = 200;
const mostDestinations = 50;
const defaultClvDays = 365;
const mostDays = 3_650;

function parseLifecycle(value: unknown): LifecycleBounds {
  if (value === undefined) return defaultLifecycle;
  const { at_risk_days, lost_days } = asRecord(value, 'lifecycle', ['at_risk_days', 'lost_days']);
  const atRiskDays = asWhole(at_risk_days, 'lifecycle.at_risk_days', 1, mostDays);
  const lostDays = asWhole(lost_days, 'lifecycle.lost_days', 1, mostDays);
  if (lostDays <= atRiskDays)
    refuseRule('lifecycle.lost_days', `${lostDays} must be greater than at_risk_days, ${atRiskDays}; exchange them`);
  return { atRiskDays, lostDays };
}

function parseMembership(segment: Readonly<Record<string, unknown>>, at: string, parseExpression: ParseExpression): Membership {
  const { when, score, top } = segment;
  if ((when === undefined) === (score === undefined)) refuseRule(at, 'needs either when, or score and top');
  if (when !== undefined) {
    if (top !== undefined) refuseRule(`${at}.top`, 'goes with score, not with when; leave it out');
    const source = asText(when, `${at}.when`);
    return { kind: 'rule', source, when: parseExpression(source, `${at}.when`) };
  }
  const known = rankable.find((name) => name === score);
  if (known === undefined) return refuseRule(`${at}.score`, `must be one of ${rankable.join(', ')}, not ${shown(score)}`);
  if (typeof top !== 'number' || !(top > 0 && top <= 1))
    return refuseRule(`${at}.top`, `must be a share above 0 and at most 1, such as 0.05, not ${shown(top)}`);
  return { kind: 'score', score: known, top };
}

function parseSegment(value: unknown, at: string, language: string, parseExpression: ParseExpression): Segment {
  const segment = asRecord(value, at, ['id', 'title', 'when', 'score', 'top']);
  return {
    id: asId(segment.id, `${at}.id`),
    title: asTexts(segment.title, `${at}.title`, language),
    membership: parseMembership(segment, at, parseExpression),
  };
}

function parseDestination(value: unknown, at: string, ids: readonly string[]): Destination {
  const { segment, url } = asRecord(value, at, ['segment', 'url']);
  const id = asId(segment, `${at}.segment`);
  if (!ids.includes(id)) refuseRule(`${at}.segment`, `there is no segment "${id}"; those are ${ids.join(', ')}`);
  return { segment: id, url: asText(url, `${at}.url`) };
}

/** Reads segments from plain data (a parsed YAML file); INPUT_INVALID names the place of whatever is wrong, and the remedy. */
export function parseSegments(data: unknown, parseExpression: ParseExpression): SegmentFile {
  const file = asRecord(data, 'the file', fileKeys);
  const language = file.language === undefined ? 'en' : asLanguage(file.language, 'language');
  const segments = asList(file.segments, 'segments', mostSegments).map((segment, index) =>
    parseSegment(segment, `segments[${index}]`, language, parseExpression),
  );
  const ids = segments.map(({ id }) => id);
  refuseTwice(ids, 'segments');
  return {
    language,
    lifecycle: parseLifecycle(file.lifecycle),
    clvDays: file.clv_days === undefined ? defaultClvDays : asWhole(file.clv_days, 'clv_days', 1, mostDays),
    segments,
    destinations: asList(file.destinations ?? [], 'destinations', mostDestinations).map((destination, index) =>
      parseDestination(destination, `destinations[${index}]`, ids),
    ),
  };
}
