import { describe, expect, it } from 'vitest';
import { ModelFileError } from '../src/errors.ts';
import { readForest } from '../src/read-forest.ts';
import { readFixture } from './fixture.ts';

describe('binary files', () => {
  const { model } = readFixture('xgboost-categories-ubj');
  const changed = (at: number, ...values: number[]) => {
    const copy = Uint8Array.from(model);
    copy.set(values, at);
    return copy;
  };
  const refusal = (bytes: Uint8Array): string => {
    try {
      readForest(bytes, { file: 'm.ubj' });
    } catch (error) {
      if (error instanceof ModelFileError) return error.message;
      throw error;
    }
    return 'believed';
  };
  const word = (text: string) => [0x69, text.length, ...Buffer.from(text)];
  const TRUE = 0x54;

  it('what lies is refused before memory is taken', () => {
    expect(refusal(model.subarray(0, 900))).toMatch(
      /^m\.ubj \(XGBoost UBJ\) tree 0 byte \d+: it (?:ends at byte 900|claims a length)/,
    );
    expect(refusal(changed(2, 0x7f, 0xff, 0xff, 0xff))).toMatch(/byte 10: it claims a length of 9223372\d+, \d+ bytes are left/);
    expect(refusal(changed(2, 0xff, 0xff, 0xff, 0xff))).toMatch(/claims a length of -/);
    expect(refusal(Uint8Array.from([...model, 0x4e]))).toMatch(/1 bytes follow its end/);
  });

  it('what is no model is refused by its byte and path', () => {
    expect(refusal(Uint8Array.from([0x7b, ...word('a'), ...Array(5_000).fill(0x5b)]))).toMatch(
      /byte 69: it is nested deeper than 64 at "…/,
    );
    expect(refusal(Uint8Array.from([0x7b, ...word('a'), TRUE, ...word('a'), TRUE, 0x7d]))).toMatch(
      /byte 8: a key stands twice at "a"/,
    );
    expect(refusal(Uint8Array.from([0x7b, ...word('__proto__'), TRUE, 0x7d]))).toMatch(/a key that no model has at "__proto__"/);
    expect(refusal(Uint8Array.from([0x7b, 0x69, 1, 0xff, TRUE, 0x7d]))).toMatch(/byte 3: its text is not UTF-8/);
    expect(refusal(Uint8Array.from([0x7b, ...word('a'), 0x21]))).toMatch(/the unknown mark "!" at "a"/);
    expect(refusal(Uint8Array.from([0x7b, ...word('learner'), TRUE, 0x7d]))).toMatch(/"learner" is true; an object is expected/);
    expect(refusal(Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0]))).toMatch(/binary, no known format/);
  });

  it('a base score that is an object is refused, not turned into text', () => {
    const at = Buffer.from(model).indexOf('base_score') + 'base_score'.length;
    const length = Number(Buffer.from(model).readBigInt64BE(at + 2));
    const object = Uint8Array.from([...model.subarray(0, at), 0x7b, 0x7d, ...model.subarray(at + 10 + length)]);
    expect(refusal(object)).toMatch(/"base_score" is an object; a text is expected/);
  });
});
