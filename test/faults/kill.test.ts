import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { eventMigrations } from '@tillcast/stores/sqlite/event-schema';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { afterAll, describe, expect, it } from 'vitest';
import { type Mortal, openNursery } from './kill/mortal-server.ts';
import { answerProblems, type Batch, makeBatch, priceOf } from './kill/shop-writer.ts';
import { scratchFolder } from './power-cut/disk-shim.ts';

const [rounds, longestLifeMs] = process.env.TILLCAST_LONG === '1' ? [1_000, 300] : [60, 80];
/** After so many rounds the shop begins anew, so that looking at everything stays quick. */
const roundsPerShop = 20;
const writers = 8;
const scratch = scratchFolder('kill');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Sent extends Batch {
  attempts: number;
}

/** One shop's books: what was acked, what is under way, what was found wrong. */
function openShop(random: Random) {
  const folder = mkdtempSync(join(scratch, 'shop-'));
  const acked: string[] = [];
  const poisoned: string[] = [];
  const underWay: (Sent | undefined)[] = Array.from({ length: writers }, () => undefined);
  const problems: string[] = [];
  const sums = { accepted: 0, answered: 0, unsure: 0 };
  let made = 0;

  /** One writer: sends, and after a death sends the same again, until nobody is there. */
  async function write(n: number, server: Mortal, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const batch = underWay[n] ?? { ...makeBatch(`w${n}-${made++}`, acked, random), attempts: 0 };
      underWay[n] = batch;
      batch.attempts++;
      const told = await server.send(batch.body);
      if (told === undefined) return;
      problems.push(...answerProblems(batch, told, batch.attempts === 1));
      sums.accepted += told.answer.accepted + (told.answer.dead ?? 0);
      sums.answered += batch.body.length;
      if (batch.attempts > 1)
        sums.unsure += batch.fresh.length + batch.poison.length - told.answer.accepted - (told.answer.dead ?? 0);
      acked.push(...batch.fresh);
      poisoned.push(...batch.poison);
      underWay[n] = undefined;
    }
  }

  /** Looks at the file as it lies there. */
  function audit(): void {
    const database = openDatabase(join(folder, 'tillcast.db'), eventMigrations);
    const rows = database.prepare(`select event_id as id, json_extract(body, '$.items[0].price') as price from event`).all() as {
      id: string;
      price: number;
    }[];
    if (database.pragma('integrity_check', { simple: true }) !== 'ok') problems.push('the file is damaged');
    database.close();
    const stored = new Set(rows.map(({ id }) => id));
    const expected = [...acked, ...poisoned];
    const possible = new Set([...expected, ...underWay.flatMap((batch) => [...(batch?.fresh ?? []), ...(batch?.poison ?? [])])]);
    const lost = expected.filter((id) => !stored.has(id)).length;
    if (lost > 0) problems.push(`${lost} acked events are lost`);
    if (stored.size !== rows.length) problems.push(`${rows.length - stored.size} events are there twice`);
    if (rows.some(({ id }) => !possible.has(id))) problems.push('there are events that nobody sent');
    if (rows.some(({ id, price }) => price !== priceOf(id))) problems.push('an event is not the one that was sent first');
    if (underWay.every((batch) => batch === undefined) && rows.length !== sums.accepted + sums.unsure)
      problems.push(`${sums.accepted} + ${sums.unsure} were accepted, ${rows.length} are there`);
  }

  return { folder, write, audit, acked, poisoned, problems, sums };
}

/** Lets children live and die in a shop; the last one may finish what is under way. */
async function live(shop: ReturnType<typeof openShop>, nursery: ReturnType<typeof openNursery>, deaths: number, random: Random) {
  for (let death = 0; death <= deaths; death++) {
    const isLast = death === deaths;
    const server = nursery.next();
    const { replayed } = await server.open(shop.folder);
    if (replayed < shop.acked.length + shop.poisoned.length)
      shop.problems.push(`${replayed} events came back after death ${death}`);
    let isOver = false;
    const writing = Promise.all(Array.from({ length: writers }, (_, n) => shop.write(n, server, () => isOver)));
    await new Promise((resolve) => setTimeout(resolve, isLast ? 5 : 2 + random.uniform() * longestLifeMs));
    if (isLast) {
      isOver = true;
      await writing;
    }
    await server.kill();
    isOver = true;
    await writing;
    shop.audit();
  }
}

async function killed(manner: 'honest' | 'early', deaths: number, seed: string) {
  const nursery = openNursery(manner, join(scratch, 'compiled'));
  const sums = { acked: 0, unsure: 0 };
  const problems: string[] = [];
  for (let left = deaths; left > 0; left -= roundsPerShop) {
    const random = openRandom(`${seed} ${left}`);
    const shop = openShop(random);
    await live(shop, nursery, Math.min(left, roundsPerShop), random);
    sums.acked += shop.acked.length + shop.poisoned.length;
    sums.unsure += shop.sums.unsure;
    problems.push(...shop.problems);
    rmSync(shop.folder, { recursive: true });
  }
  await nursery.close();
  return { ...sums, problems };
}

describe('SIGKILL', () => {
  it(`${rounds} times while ${writers} writers send, send again and repeat: nothing acked is lost or doubled, and all counters add up`, {
    timeout: 1_800_000,
  }, async () => {
    const { acked, unsure, problems } = await killed('honest', rounds, 'kill');
    console.log(
      `SIGKILL × ${rounds}: ${acked} events acked, ${unsure} of them committed by a process that died before it answered`,
    );
    expect(problems).toEqual([]);
    expect(acked).toBeGreaterThan(rounds * 50);
    expect(unsure).toBeGreaterThan(0);
  });

  it('catches a server that answers before the commit', { timeout: 60_000 }, async () => {
    const { problems } = await killed('early', 3, 'early');
    expect(problems.filter((problem) => problem.endsWith('acked events are lost')).length).toBeGreaterThan(0);
  });
});
