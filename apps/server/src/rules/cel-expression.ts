import type { ASTNode } from '@marcbachmann/cel-js';
import type {
  Arithmetic,
  Comparison,
  Expression,
  FactType,
  FactValue,
  TextTest,
} from '@tillcast/core/decisions/rules/expression';
import { refuseRule } from '@tillcast/core/decisions/rules/rule-checks';
import { factType, type Vocabulary } from '@tillcast/core/decisions/rules/vocabulary';

/** A part of a condition with its type; `whole` = CEL's int, which is compared as a number and never reckoned with. */
interface Typed {
  readonly expression: Expression;
  readonly type: FactType | 'whole';
}

/** Where a condition stands, and what it may ask. */
interface Reading {
  readonly at: string;
  readonly vocabulary: Vocabulary;
}

type Node<Op extends ASTNode['op']> = Extract<ASTNode, { readonly op: Op }>;

const comparisons: ReadonlySet<string> = new Set<Comparison>(['<', '<=', '>', '>=', '==', '!=']);
const arithmetic: ReadonlySet<string> = new Set<Arithmetic>(['+', '-', '*', '/']);
const textTests: ReadonlySet<string> = new Set<TextTest>(['startsWith', 'endsWith', 'contains']);

const allowed =
  'those are && || ! == != < <= > >= + - * / in ?: known(fact), has(feature.name), size(text), and text.startsWith, .endsWith, .contains';

function literalOf({ args }: Node<'value'>, { at }: Reading): Typed {
  if (typeof args === 'bigint') {
    if (!Number.isSafeInteger(Number(args))) refuseRule(at, `${args} is too large a number`);
    return { expression: { kind: 'value', value: Number(args) }, type: 'whole' };
  }
  if (typeof args === 'number') return { expression: { kind: 'value', value: args }, type: 'number' };
  if (typeof args === 'string') return { expression: { kind: 'value', value: args }, type: 'text' };
  if (typeof args === 'boolean') return { expression: { kind: 'value', value: args }, type: 'truth' };
  return refuseRule(at, 'null and bytes are no facts; ask known(fact) for what may not be known');
}

const quotedNames = (names: ReadonlySet<string> | undefined): string =>
  [...(names ?? [])].sort().slice(0, 80).join(', ') || 'none';

function factOf(name: string, { at, vocabulary }: Reading): Typed {
  const type = factType(vocabulary, name);
  if (type !== undefined) return { expression: { kind: 'fact', name }, type };
  const [family, ...rest] = name.split('.');
  const names = vocabulary.families[family!]?.names;
  return refuseRule(at, `no such fact or feature: ${name}${rest.length > 0 ? `; ${family} has ${quotedNames(names)}` : ''}`);
}

/** `feature.name` and `feature["name"]`. */
function memberOf(node: Node<'.' | '[]'>, reading: Reading): Typed {
  const [owner, member] = node.args;
  const name = typeof member === 'string' ? member : member.op === 'value' ? member.args : undefined;
  if (owner.op !== 'id' || typeof name !== 'string')
    return refuseRule(reading.at, 'fields are taken of a family of facts alone, by name, as in feature.price');
  return factOf(`${owner.args}.${name}`, reading);
}

function listOf({ args }: Node<'in'>, reading: Reading): Typed {
  const [of, list] = args;
  if (list.op !== 'list') return refuseRule(reading.at, 'in needs a list that is written out, such as brand in ["a", "b"]');
  const values = list.args.map((item): FactValue => {
    const { expression } = typed(item, reading);
    return expression.kind === 'value' ? expression.value : refuseRule(reading.at, 'a list holds values that are written out');
  });
  return { expression: { kind: 'in', of: typed(of, reading).expression, values }, type: 'truth' };
}

function knownOf(argument: ASTNode | undefined, reading: Reading): Typed {
  const asked = argument && typed(argument, reading).expression;
  return asked?.kind === 'fact'
    ? { expression: { kind: 'known', name: asked.name }, type: 'truth' }
    : refuseRule(reading.at, 'known and has ask about one fact, such as known(brand)');
}

function callOf({ args: [name, given] }: Node<'call'>, reading: Reading): Typed {
  if (name === 'known' || name === 'has') return knownOf(given[0], reading);
  if (name === 'size') return sizeOf(given[0]!, reading);
  return refuseRule(reading.at, `there is no ${name}(); ${allowed}`);
}

function sizeOf(of: ASTNode, reading: Reading): Typed {
  const { expression, type } = typed(of, reading);
  return type === 'text'
    ? { expression: { kind: 'size', of: expression }, type: 'whole' }
    : refuseRule(reading.at, 'size is of a text');
}

function methodOf({ args: [name, receiver, given] }: Node<'rcall'>, reading: Reading): Typed {
  if (name === 'size') return sizeOf(receiver, reading);
  if (!textTests.has(name)) return refuseRule(reading.at, `there is no .${name}(); ${allowed}`);
  const of = typed(receiver, reading).expression;
  return { expression: { kind: 'text', test: name as TextTest, of, part: typed(given[0]!, reading).expression }, type: 'truth' };
}

function reckoned(operator: Arithmetic, [left, right]: readonly [ASTNode, ASTNode], reading: Reading): Typed {
  const [a, b] = [typed(left, reading), typed(right, reading)];
  if (a.type !== 'number' || b.type !== 'number')
    refuseRule(reading.at, `${operator} is for numbers with a fraction alone (2.0, not 2), and not for texts`);
  return { expression: { kind: 'arithmetic', operator, left: a.expression, right: b.expression }, type: 'number' };
}

function chosen({ args }: Node<'?:'>, reading: Reading): Typed {
  const [when, yes, no] = args.map((part) => typed(part, reading)) as [Typed, Typed, Typed];
  return {
    expression: { kind: 'choose', when: when.expression, yes: yes.expression, no: no.expression },
    type: yes.type,
  };
}

function joined(kind: 'all' | 'any', [left, right]: readonly [ASTNode, ASTNode], reading: Reading): Typed {
  return { expression: { kind, of: [typed(left, reading).expression, typed(right, reading).expression] }, type: 'truth' };
}

function binary(node: ASTNode, reading: Reading): Typed {
  const operands = node.args as readonly [ASTNode, ASTNode];
  if (arithmetic.has(node.op)) return reckoned(node.op as Arithmetic, operands, reading);
  if (!comparisons.has(node.op)) return refuseRule(reading.at, `"${node.op}" is not taken; ${allowed}`);
  const [left, right] = operands.map((part) => typed(part, reading).expression) as [Expression, Expression];
  return { expression: { kind: 'compare', operator: node.op as Comparison, left, right }, type: 'truth' };
}

function typed(node: ASTNode, reading: Reading): Typed {
  switch (node.op) {
    case 'value':
      return literalOf(node, reading);
    case 'id':
      return factOf(node.args, reading);
    case '.':
    case '[]':
      return memberOf(node, reading);
    case 'call':
      return callOf(node, reading);
    case 'rcall':
      return methodOf(node, reading);
    case 'in':
      return listOf(node, reading);
    case '?:':
      return chosen(node, reading);
    case '&&':
      return joined('all', node.args, reading);
    case '||':
      return joined('any', node.args, reading);
    case '!_':
      return { expression: { kind: 'not', of: typed(node.args, reading).expression }, type: 'truth' };
    case '-_': {
      const { expression, type } = typed(node.args, reading);
      return { expression: { kind: 'negative', of: expression }, type };
    }
    default:
      return binary(node, reading);
  }
}

/** A checked CEL condition in our own form; INPUT_INVALID names what of CEL is not taken (macros, regular expressions, conversions, time). */
export const toExpression = (node: ASTNode, at: string, vocabulary: Vocabulary): Expression =>
  typed(node, { at, vocabulary }).expression;
