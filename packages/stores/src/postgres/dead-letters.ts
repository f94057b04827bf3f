import {
  type DeadLetter,
  type DeadLetters,
  type LetterBounds,
  maxBodyLength,
  mentions,
  type PutLetters,
} from '@tillcast/core/ports/dead-letters';
import { closedError, defaultBounds } from '../dead-letters/bounds.ts';
import type { Session } from './connections.ts';
import { openEntrance } from './entrance.ts';
import { quoted } from './identifier.ts';
import type { Postgres, PostgresOptions } from './postgres.ts';

/** What is kept of a letter in its bytes. */
type Text = Pick<DeadLetter, 'source' | 'reason' | 'problem' | 'body'>;

interface Row {
  readonly arrival: number;
  readonly tenant: string;
  readonly letterId: string;
  readonly receivedAtMs: number;
  readonly letter: Buffer;
}

/** How many letters there are, and how long their bodies are together. */
interface Held {
  readonly letters: number;
  readonly characters: number;
}

/** Letters looked at when room is made; more are looked at where all of them had to leave. */
const leavingAtATime = 1_000;

const toLetter = ({ tenant, letterId, receivedAtMs, letter }: Row): DeadLetter => ({
  ...{ tenant, letterId, receivedAtMs },
  ...(JSON.parse(letter.toString('utf8')) as Text),
});

/**
 * Keeps dead letters in PostgreSQL, for all processes together. One row counts along what is held; whoever changes letters locks it, so the bounds hold
 * whoever puts. An address is opened and closed with the letters; a database that is open already is shared, and closed by whoever opened it.
 */
export function postgresDeadLetters(
  where: string | Postgres,
  { maxLetters, maxCharacters, ...options }: LetterBounds & PostgresOptions = {},
): DeadLetters {
  const { postgres, ready, close } = openEntrance(where, options, closedError);
  const bounds = {
    maxLetters: maxLetters ?? defaultBounds.maxLetters,
    maxCharacters: maxCharacters ?? defaultBounds.maxCharacters,
  };
  const name = quoted(postgres.schema);
  const { patient } = postgres;

  /** Runs a change of letters in one transaction, with the row that counts them locked. */
  const changing = async <T>(change: (session: Session, held: Held) => Promise<T>): Promise<T> => {
    await ready();
    return patient.use(async (session) => {
      await session.query({ sql: 'begin' });
      const { rows } = await session.query<Held>({ sql: `select letters, characters from ${name}.dead_letter_held for update` });
      const result = await change(session, rows[0]!);
      await session.query({ sql: 'commit' });
      return result;
    });
  };
  const count = (session: Session, { letters, characters }: Held): Promise<unknown> =>
    session.query({
      sql: `update ${name}.dead_letter_held set letters = $1, characters = $2`,
      parameters: [letters, characters],
    });

  /** Removes the rows of a condition, and counts what is left. */
  async function remove(session: Session, held: Held, condition: string, parameters: readonly unknown[]): Promise<number> {
    const { rows } = await session.query<Held>({
      sql: `with gone as (delete from ${name}.dead_letter where ${condition} returning characters)
        select count(*)::int as letters, coalesce(sum(characters), 0)::bigint as characters from gone`,
      parameters,
    });
    const { letters, characters } = rows[0]!;
    if (letters > 0) await count(session, { letters: held.letters - letters, characters: held.characters - characters });
    return letters;
  }

  async function makeRoom(session: Session, held: Held): Promise<{ held: Held; dropped: number }> {
    let [left, dropped] = [held, 0];
    while (left.letters > bounds.maxLetters || left.characters > bounds.maxCharacters) {
      const { rows } = await session.query<Held>({
        sql: `with oldest as (
            select arrival, characters, row_number() over w as place, sum(characters) over w as so_far
            from (select * from ${name}.dead_letter order by received_at_ms, arrival limit ${leavingAtATime}) eldest
            window w as (order by received_at_ms, arrival)
          ), gone as (
            delete from ${name}.dead_letter d using oldest o where d.arrival = o.arrival
              and ($1::bigint - (o.place - 1) > $2::bigint or $3::bigint - (o.so_far - o.characters) > $4::bigint)
            returning d.characters
          ) select count(*)::int as letters, coalesce(sum(characters), 0)::bigint as characters from gone`,
        parameters: [left.letters, bounds.maxLetters, left.characters, bounds.maxCharacters],
      });
      const { letters, characters } = rows[0]!;
      left = { letters: left.letters - letters, characters: left.characters - characters };
      dropped += letters;
      if (letters === 0) break;
    }
    return { held: left, dropped };
  }

  async function put(session: Session, held: Held, letters: readonly DeadLetter[]): Promise<PutLetters> {
    const { rows } = await session.query<{ characters: number }>({
      sql: `insert into ${name}.dead_letter (tenant, letter_id, received_at_ms, characters, letter)
        select tenant, id, received, characters, decode(letter, 'base64')
        from rows from (json_to_recordset($1) as (tenant text, id text, received bigint, characters integer, letter text))
          with ordinality as g(tenant, id, received, characters, letter, place)
        order by place on conflict do nothing returning characters`,
      parameters: [JSON.stringify(letters.map(toRow))],
    });
    const characters = rows.reduce((sum, row) => sum + row.characters, held.characters);
    const room = await makeRoom(session, { letters: held.letters + rows.length, characters });
    await count(session, room.held);
    return { kept: rows.length, known: letters.length - rows.length, dropped: room.dropped };
  }

  async function* pages(tenant: string | undefined, batch: number): AsyncGenerator<readonly Row[]> {
    let last = { receivedAtMs: Number.MIN_SAFE_INTEGER, arrival: 0 };
    for (;;) {
      await ready();
      const { rows } = await patient.run<Row>({
        sql: `select arrival, tenant, letter_id as "letterId", received_at_ms as "receivedAtMs", letter from ${name}.dead_letter
          where (received_at_ms, arrival) > ($1, $2) and ($3::text is null or tenant = $3) order by received_at_ms, arrival limit $4`,
        parameters: [last.receivedAtMs, last.arrival, tenant ?? null, batch],
      });
      if (rows.length === 0) return;
      yield rows;
      last = rows.at(-1)!;
    }
  }

  return {
    durable: true,
    put: (letters) => changing((session, held) => put(session, held, letters)),
    async *read({ tenant, batch = 1_000 } = {}) {
      for await (const rows of pages(tenant, batch)) yield rows.map(toLetter);
    },
    resolve: (tenant, ids) =>
      changing((session, held) => remove(session, held, 'tenant = $1 and letter_id = any ($2)', [tenant, ids])),
    async count(tenant) {
      await ready();
      const { rows } = await patient.run<{ letters: number }>({
        sql: `select count(*)::int as letters from ${name}.dead_letter where $1::text is null or tenant = $1`,
        parameters: [tenant ?? null],
      });
      return rows[0]!.letters;
    },
    async erase(tenant, ids) {
      let erased = 0;
      for await (const rows of pages(tenant, 200)) {
        const theirs = rows.filter((row) => mentions(toLetter(row).body, ids)).map(({ arrival }) => arrival);
        if (theirs.length > 0) erased += await changing((session, held) => remove(session, held, 'arrival = any ($1)', [theirs]));
      }
      return erased;
    },
    close,
  };
}

function toRow({ tenant, letterId: id, receivedAtMs: received, source, reason, problem, body: whole }: DeadLetter) {
  const body = whole.slice(0, maxBodyLength);
  const text: Text = { source, reason, problem, body };
  return { tenant, id, received, characters: body.length, letter: Buffer.from(JSON.stringify(text)).toString('base64') };
}
