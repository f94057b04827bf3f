import { type Condition, type FactValue, type Operator, operators } from './rule.ts';
import { asList, asRecord, asText, isFactValue, type KnownField, refuseRule } from './rule-checks.ts';

/** Joined conditions may be nested this deep, no deeper: rules stay readable and evaluation bounded. */
const maxDepth = 8;
const ordering: ReadonlySet<Operator> = new Set<Operator>(['above', 'at_least', 'below', 'at_most']);
const isOperator = (name: string): name is Operator => (operators as readonly string[]).includes(name);

function parseOperand(operator: Operator, value: unknown, at: string): FactValue | readonly FactValue[] {
  if (operator === 'one_of') {
    const list = asList(value, at);
    if (list.length === 0 || !list.every(isFactValue)) refuseRule(at, 'must be a list of numbers or texts');
    return list;
  }
  if (ordering.has(operator) && (typeof value !== 'number' || !Number.isFinite(value))) {
    refuseRule(at, `must be a finite number, not ${JSON.stringify(value)}`);
  }
  if (operator === 'starts_with' && typeof value !== 'string') refuseRule(at, 'must be a text');
  if (!isFactValue(value)) refuseRule(at, 'must be a number, a text, true or false');
  return value;
}

function parseComparison(condition: Record<string, unknown>, at: string, known: KnownField): Condition {
  const field = asText(condition.field, `${at}.field`);
  if (!known(field)) refuseRule(`${at}.field`, `no such fact or feature: ${field}`);
  const keys = Object.keys(condition).filter((key) => key !== 'field');
  const operator = keys[0];
  if (keys.length !== 1 || operator === undefined || !isOperator(operator)) {
    refuseRule(at, `needs one operator beside field (${operators.join(', ')}), not ${keys.join(', ') || 'none'}`);
  }
  return { kind: 'compare', field, operator, value: parseOperand(operator, condition[operator], `${at}.${operator}`) };
}

/** Reads `{field, <operator>: value}`, `{all: […]}`, `{any: […]}` or `{not: …}`. */
export function parseCondition(value: unknown, at: string, known: KnownField, depth = 1): Condition {
  if (depth > maxDepth) refuseRule(at, `conditions are nested deeper than ${maxDepth}`);
  const condition = asRecord(value, at);
  if ('field' in condition) return parseComparison(condition, at, known);
  const keys = Object.keys(condition);
  const kind = keys[0];
  if (keys.length !== 1 || (kind !== 'all' && kind !== 'any' && kind !== 'not')) {
    refuseRule(at, 'must be one of {field, operator: value}, {all: […]}, {any: […]}, {not: …}');
  }
  if (kind === 'not') return { kind, of: parseCondition(condition.not, `${at}.not`, known, depth + 1) };
  const parts = asList(condition[kind], `${at}.${kind}`);
  if (parts.length === 0) refuseRule(`${at}.${kind}`, 'must not be empty');
  return { kind, of: parts.map((part, index) => parseCondition(part, `${at}.${kind}[${index}]`, known, depth + 1)) };
}
