import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openRandom, type Random } from '@tillcast/core/simulation/random';
import { migrate } from '@tillcast/stores/postgres/migrate';
import { openPostgres } from '@tillcast/stores/postgres/postgres';
import { eventMigrations } from '@tillcast/stores/sqlite/event-schema';
import { openDatabase } from '@tillcast/stores/sqlite/open-database';
import { afterAll, describe, expect, it } from 'vitest';
import { freshDatabase, postgresMissing } from '../../packages/stores/test/postgres/shared-postgres.ts';
import { type Mortal, openNursery } from './kill/mortal-server.ts';
import { answerProblems, type Batch, makeBatch, priceOf } from './kill/shop-writer.ts';
import { scratchFolder } from './power-cut/disk-shim.ts';

const isLong = process.env.TILLCAST_LONG === '1';
const [rounds, longestLifeMs] = isLong ? [1_000, 300] : [60, 80];
const postgresRounds = isLong ? 200 : 4;
/** After so many rounds the shop begins anew, so that looking at everything stays quick. */
const roundsPerShop = 20;
const writers = 8;
const scratch = scratchFolder('kill');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Sent extends Batch {
  attempts: number;
}

/** An event as it lies there: the price tells whether it is the one that was sent first. */
interface Stored {
  readonly id: string;
  readonly price: number;
}

/** Where a shop's events lie. */
interface Place {
  /** A folder, or the address of a database. */
  readonly name: string;
  /** Looks at what lies there, past the server. */
  look(): Promise<{ readonly rows: readonly Stored[]; readonly isSound: boolean }>;
  clear(): void;
}

async function openFolder(): Promise<Place> {
  const name = mkdtempSync(join(scratch, 'shop-'));
  return {
    name,
    async look() {
      const database = openDatabase(join(name, 'tillcast.db'), eventMigrations);
      const rows = database
        .prepare(`select event_id as id, json_extract(body, '$.items[0].price') as price from event`)
        .all() as Stored[];
      const isSound = database.pragma('integrity_check', { simple: true }) === 'ok';
      database.close();
      return { rows, isSound };
    },
    clear: () => rmSync(name, { recursive: true }),
  };
}

async function openPostgresPlace(): Promise<Place> {
  const name = await freshDatabase('kill');
  await migrate(name);
  return {
    name,
    async look() {
      const postgres = openPostgres(name, { budgetMs: 20_000 });
      const ask = <Row extends object>(sql: string) => postgres.patient.run<Row>({ sql });
      const { rows } = await ask<Stored>(
        `select event_id as id, (body::json #>> '{items,0,price}')::float8 as price from tillcast.event`,
      );
      const { rows: identities } = await ask(
        `select 1 from tillcast.event e full join tillcast.event_identity i using (tenant, event_id)
         where e.event_id is null or i.event_id is null limit 1`,
      );
      await postgres.close();
      return { rows, isSound: identities.length === 0 };
    },
    clear: () => {},
  };
}

/** One shop's books: what was acked, what is under way, what was found wrong. */
function openShop(random: Random, place: Place) {
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

  /** Looks at what is there, and compares. */
  async function audit(): Promise<void> {
    const { rows, isSound } = await place.look();
    if (!isSound) problems.push('what is there is damaged');
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

  return { place: place.name, write, audit, acked, poisoned, problems, sums };
}

/** Lets children live and die in a shop; the last one may finish what is under way. */
async function live(shop: ReturnType<typeof openShop>, nursery: ReturnType<typeof openNursery>, deaths: number, random: Random) {
  for (let death = 0; death <= deaths; death++) {
    const isLast = death === deaths;
    const server = nursery.next();
    const { replayed } = await server.open(shop.place);
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
    await shop.audit();
  }
}

async function killed(manner: 'honest' | 'early', deaths: number, seed: string, open = openFolder) {
  const nursery = openNursery(manner, join(scratch, 'compiled'));
  const sums = { acked: 0, unsure: 0 };
  const problems: string[] = [];
  for (let left = deaths; left > 0; left -= roundsPerShop) {
    const random = openRandom(`${seed} ${left}`);
    const place = await open();
    const shop = openShop(random, place);
    await live(shop, nursery, Math.min(left, roundsPerShop), random);
    sums.acked += shop.acked.length + shop.poisoned.length;
    sums.unsure += shop.sums.unsure;
    problems.push(...shop.problems);
    place.clear();
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

  it.skipIf(postgresMissing !== undefined)(
    `${postgresRounds} times on PostgreSQL, the same`,
    { timeout: 1_800_000 },
    async () => {
      const { acked, unsure, problems } = await killed('honest', postgresRounds, 'kill on postgres', openPostgresPlace);
      console.log(`SIGKILL × ${postgresRounds} on PostgreSQL: ${acked} events acked, ${unsure} committed without an answer`);
      expect(problems).toEqual([]);
      expect(acked).toBeGreaterThan(postgresRounds * 5);
    },
  );

  const places = { files: openFolder, ...(isLong && postgresMissing === undefined ? { PostgreSQL: openPostgresPlace } : {}) };
  it.each(Object.entries(places))(
    'catches a server that answers before the commit, on %s',
    { timeout: 60_000 },
    async (_, open) => {
      const { problems } = await killed('early', 3, 'early', open);
      expect(problems.filter((problem) => problem.endsWith('acked events are lost')).length).toBeGreaterThan(0);
    },
  );
});
