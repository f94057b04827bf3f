import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { FactType, ParseExpression } from '@tillcast/core/decisions/rules/expression';
import { refuseRule, shown } from '@tillcast/core/decisions/rules/rule-checks';
import type { Vocabulary } from '@tillcast/core/decisions/rules/vocabulary';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import { toExpression } from './cel-expression.ts';

/** Bounds of one condition: a tree of at most so many nodes, so that what it costs is bounded before it is ever asked. */
const limits = { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 0, maxCallArguments: 2 } as const;
const mostCharacters = 2_000;

const celTypes: Readonly<Record<FactType, string>> = { number: 'double', text: 'string', truth: 'bool' };

/** What the library's checker must know. Nothing here is ever called: conditions run as our own closures. */
function environmentOf({ facts, families }: Vocabulary): Environment {
  const environment = new Environment({ limits });
  for (const [name, { type }] of Object.entries(facts)) environment.registerVariable(name, celTypes[type]);
  // Which names a family has is checked by us: the library would take them for identifiers.
  for (const [name, { type }] of Object.entries(families)) environment.registerVariable(name, `map<string, ${celTypes[type]}>`);
  return environment.registerFunction('known(dyn): bool', () => true);
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/double.*int|int.*double/, '; facts are numbers with a fraction: write 1.0 for 1'],
  [/^Unknown variable/, '; no such fact or feature'],
  [/^Exceeded/, '; split it into several rules'],
];

function parsed(environment: Environment, text: string, at: string): ASTNode {
  try {
    const { valid, type, error } = environment.check(text);
    if (!valid) throw error;
    if (type !== 'bool') refuseRule(at, `${shown(text)} is a ${type}; a condition must be true or false`);
    return environment.parse(text).ast;
  } catch (error) {
    if (error instanceof TillcastError || !(error instanceof Error)) throw error;
    const message = error.message.split('\n', 1)[0]!.trim();
    const hint = hints.find(([pattern]) => pattern.test(message))?.[1] ?? '';
    return refuseRule(at, `${shown(text)} is no condition: ${message}${hint}`);
  }
}

/** Opens the reading of conditions in CEL (https://cel.dev) over a vocabulary: parsed and type-checked by the library, then carried into our own checked form. */
export function openCel(vocabulary: Vocabulary): ParseExpression {
  const environment = environmentOf(vocabulary);
  return (text, at) => {
    if (text.length > mostCharacters)
      refuseRule(
        at,
        `a condition has at most ${mostCharacters} characters, this one ${text.length}; split it into several rules`,
      );
    return toExpression(parsed(environment, text, at), at, vocabulary);
  };
}
