import type { Seedling } from './corpus.ts';

/** What is put where something else belongs, by format; a byte a character. */
export interface HostileValues {
  readonly numbers: readonly string[];
  /** Counts beyond all memory, as numbers and as text. */
  readonly counts: readonly string[];
  readonly others: readonly string[];
  readonly keys: readonly string[];
  /** What a value is wrapped in. */
  readonly brackets: readonly [open: string, close: string];
  /** Between the members of an object, between the items of an array. */
  readonly separators: { readonly member: string; readonly item: string };
}

const json: HostileValues = {
  numbers: [
    '-1',
    '0',
    '1',
    '7',
    '1e999',
    '-1e308',
    '1e308',
    '3.5e38',
    '4294967296',
    '1e-320',
    '0.5',
    '-0',
    '9007199254740993',
    '1.5e9',
  ],
  counts: ['4294967295', '"4294967295"', '1000000000', '"1000000000"', '"999999999999999"', '1e15', '16777215'],
  others: [
    'null',
    'true',
    '"x"',
    '""',
    '[]',
    '{}',
    '[null]',
    '[[]]',
    '{"toString":1,"valueOf":1}',
    '{"length":4294967295}',
    '"NaN"',
    'NaN',
    '{"__proto__":{"length":1}}',
    '"\xe9"',
    '"\\ud800"',
    '"constructor"',
    '',
  ],
  keys: ['"__proto__"', '"constructor"', '"toString"', '"\\u0061"', '""', '"\\\\"', 'x'],
  brackets: ['[', ']'],
  separators: { member: ',', item: ',' },
};

const lightgbm: HostileValues = {
  numbers: [
    '-1',
    '0',
    '1',
    '7',
    '1e999',
    '-1e308',
    '1e308',
    'inf',
    '-inf',
    'nan',
    '1e-320',
    '0.5',
    '-0',
    '4294967296',
    '0x10',
    '15',
    '9',
    '1.5',
  ],
  counts: ['4294967295', '1000000000', '999999999999999', '1e9', '16777215', '4294967040'],
  others: ['', 'x', '=', '\n', '[]', 'null', '\0', '\xff', 'average_output', '[["a",{"toString":1}]]'],
  keys: ['__proto__', 'Tree', 'num_leaves', 'end of trees', '', 'version', 'average_output'],
  brackets: ['[', ']'],
  separators: { member: '', item: ' ' },
};

const ubj: HostileValues = {
  numbers: [
    'i\xff',
    'i\0',
    'U\x07',
    'd\x7f\x80\0\0',
    'd\x7f\xc0\0\0',
    'd\x7f\x7f\xff\xff',
    'D\x7f\xf0\0\0\0\0\0\0',
    'L\0\0\0\x01\0\0\0\0',
    'l\x80\0\0\0',
    '\0\0\0\0',
    '\x7f\x80\0\0',
    '\xff\xc0\0\0',
    '\xff\xff\xff\xff',
    '\x80\0\0\0',
  ],
  counts: [
    'L\x7f\xff\xff\xff\xff\xff\xff\xff',
    'l\x3b\x9a\xca\0',
    '\0\0\0\0\x3b\x9a\xca\0',
    '\x7f\xff\xff\xff',
    'L\0\0\0\0\0\0\x01\0',
  ],
  others: [
    'Z',
    'T',
    'F',
    'N',
    '[]',
    '{}',
    '[[]',
    '[$l#l\x7f\xff\xff\xff',
    '[#L\0\0\0\0\0\0\0\x05',
    'Si\x01x',
    'Si\0',
    'SU\x03NaN',
    '{i\x08toStringZ}',
    '',
  ],
  keys: ['i\x09__proto__', 'i\x0bconstructor', 'i\0', 'i\x01a', 'i\x02\xff\xff'],
  brackets: ['[', ']'],
  separators: { member: '', item: '' },
};

const byFormat: Readonly<Record<Seedling['format'], HostileValues>> = { json, lightgbm, ubj };

/** What to put into a file of a format. */
export const hostileValuesOf = ({ format }: Seedling): HostileValues => byFormat[format];

/** Bytes that mean something to a parser, or to none. */
export const hostileBytes = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '=',
  '\n',
  ' ',
  '-',
  'e',
  '.',
  '\\',
  '\0',
  '\x80',
  '\xff',
  '\xef\xbb\xbf',
  '\xed\xa0\x80',
  '9',
  '99999999',
];
