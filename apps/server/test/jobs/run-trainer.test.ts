import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ProgressLine, runTrainer } from '../../src/jobs/run-trainer.ts';
import type { TrainingSpec } from '../../src/jobs/train-spec.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-trainer-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let made = 0;

const member = {
  ...{ name: 'xgboost', file: 'members/xgboost.json', params: {}, rounds: 3, sizes: [{ trees: 3, leaves: null, units: 9 }] },
  ...{ trials: 0, pruned: 0, over_budget: 0, best_score: null },
};
const result = { schema: 1, rows: 10, positives: 4, seconds: 1, versions: {}, oof: null, golden: null, members: [member] };

/** Runs a shell script in the interpreter's place; `$OUT` is the spec's folder. */
function stand(script: string, signal?: AbortSignal) {
  const folder = join(scratch, String(++made));
  mkdirSync(folder);
  const python = join(folder, 'python');
  writeFileSync(python, `#!/bin/sh\nOUT='${folder}'\n${script}\n`);
  chmodSync(python, 0o755);
  const spec: TrainingSpec = {
    ...{
      schema: 1,
      dataset: 'rows.parquet',
      out: folder,
      features: ['a'],
      label: 'label',
      fit_splits: ['train'],
      seed: 0,
      threads: 1,
    },
    members: [{ name: 'xgboost', trials: 0 }],
  };
  const lines: ProgressLine[] = [];
  const done = runTrainer(spec, join(folder, 'spec.json'), {
    python,
    onLine: (line) => lines.push(line),
    ...(signal ? { signal } : {}),
  });
  return { done, lines };
}

const writes = (value: unknown) =>
  `cat > $OUT/result.json <<'END'\n${typeof value === 'string' ? value : JSON.stringify(value)}\nEND`;
const failed = (says: RegExp | string) =>
  expect.objectContaining({ code: 'TRAINER_FAILED', message: expect.stringMatching(says) });

describe.skipIf(process.platform === 'win32')('the trainer as a child process', () => {
  it('tells its progress and answers its result', async () => {
    const { done, lines } = stand(
      `echo '{"event":"trial","member":"xgboost","trial":1,"trials":1}'; echo 'not a line of ours'; ${writes(result)}`,
    );
    expect((await done).members[0]?.rounds).toBe(3);
    expect(lines).toEqual([{ event: 'trial', member: 'xgboost', trial: 1, trials: 1 }]);
  });

  it('ended from outside, as by the kernel when memory runs out: says so, with its last lines', async () => {
    const script = `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo "line $i" >&2; done; kill -9 $$`;
    await expect(stand(script).done).rejects.toEqual(failed(/ended by SIGKILL, perhaps because memory ran out[\s\S]*line 14/));
    await expect(stand(script).done).rejects.not.toEqual(failed(/line 2\n/));
  });

  it('a crash: its exit code and its last lines', () =>
    expect(stand('echo "ImportError: numpy" >&2; exit 1').done).rejects.toEqual(failed(/exit code 1[\s\S]*ImportError: numpy/)));

  it.each(['ONE_CLASS', 'TOO_FEW_POSITIVES', 'INPUT_INVALID'])('its own refusal %s is passed on', (code) =>
    expect(stand(`echo '{"event":"error","code":"${code}","message":"no buyer"}'; exit 3`).done).rejects.toMatchObject({
      code,
      message: 'no buyer',
    }),
  );

  it.each([
    ['no result', 'true', /without writing/],
    ['a cut-off result', writes('{"schema":1,"rows":'), /damaged: it is not JSON/],
    ['another schema', writes({ ...result, schema: 2 }), /"schema": 1/],
    [
      'a member that was not asked for',
      writes({ ...result, members: [{ ...member, name: 'catboost', file: 'members/catboost.json' }] }),
      /asked were xgboost/,
    ],
    ['no member', writes({ ...result, members: [] }), /no member/],
    [
      'a file outside the folder',
      writes({ ...result, members: [{ ...member, file: '../../etc/passwd' }] }),
      /the file of xgboost/,
    ],
    ['rounds that are no number', writes({ ...result, members: [{ ...member, rounds: 'many' }] }), /"rounds"/],
  ])('%s', (_what, script, says) => expect(stand(script).done).rejects.toEqual(failed(says)));

  it('a missing interpreter: names the remedy', async () => {
    const spec = { members: [], threads: 1 } as unknown as TrainingSpec;
    await expect(runTrainer(spec, join(scratch, 'spec.json'), { python: join(scratch, 'nowhere') })).rejects.toEqual(
      failed('node bootstrap.mjs'),
    );
  });

  it('is interrupted once, and waited for', async () => {
    const controller = new AbortController();
    const { done, lines } = stand(
      `trap 'echo "{\\"event\\":\\"error\\",\\"code\\":\\"CANCELLED\\"}"; exit 130' INT; echo '{"event":"start"}'; while true; do sleep 0.05; done`,
      controller.signal,
    );
    const ended = expect(done).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => lines.length).toBe(1);
    controller.abort();
    await ended;
    expect(lines.map(({ event }) => event)).toEqual(['start', 'error']);
  });
});
