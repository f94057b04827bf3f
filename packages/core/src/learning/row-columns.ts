import { topCategory } from '../features/catalogue/amounts.ts';
import { NONE } from './labels.ts';
import { growingColumn, openCodes } from './rows-columns.ts';

/** A session a shopper was in: its code among all, and the code of its id. */
interface SeenSession {
  readonly id: string;
  readonly code: number;
}

/** Opens the columns of the rows themselves, as they grow. */
export function openRowColumns() {
  const [groups, sessions, sessionIds, categories] = [openCodes(), openCodes(), openCodes(), openCodes()];
  const int32 = () => growingColumn((length) => new Int32Array(length));
  const t = growingColumn((length) => new Float64Array(length));
  const [group, session, item, category] = [int32(), int32(), int32(), int32()];
  // By code of the session.
  const [idOfSession, groupOfSession]: [number[], number[]] = [[], []];
  // The session each shopper was in last: most events go on in it, and need no look-up.
  const current: SeenSession[] = [];

  const topCodes = new Map<string, number>();
  function topCodeOf(path: string): number {
    const known = topCodes.get(path);
    if (known !== undefined) return known;
    const code = categories.of(topCategory(path));
    topCodes.set(path, code);
    return code;
  }

  function sessionOf(groupCode: number, shopper: string, id: string | undefined): number {
    if (id === undefined) return NONE;
    const last = current[groupCode];
    if (last !== undefined && last.id === id) return last.code;
    const code = sessions.of(`${shopper}/${id}`);
    if (code === idOfSession.length) {
      idOfSession.push(sessionIds.of(id));
      groupOfSession.push(groupCode);
    }
    current[groupCode] = { id, code };
    return code;
  }

  /** By code: the session as its person's. */
  function sessionsOfPeople(personOf: (group: number) => number): Int32Array {
    return Int32Array.from(idOfSession, (id, code) => {
      const person = personOf(groupOfSession[code]!);
      return person === groupOfSession[code] ? code : sessions.of(`${groups.texts[person]}/${sessionIds.texts[id]}`);
    });
  }

  return {
    groups,
    length: () => t.length,
    sessionOf,
    /** One person's sessions are told apart by their ids. */
    sessionIdOf: (code: number): number => (code === NONE ? NONE : idOfSession[code]!),
    add(tMs: number, groupCode: number, sessionCode: number, itemCode: number, path: string | undefined): void {
      t.push(tMs);
      group.push(groupCode);
      session.push(sessionCode);
      item.push(itemCode);
      category.push(path === undefined ? NONE : topCodeOf(path));
    },
    /** The rows up to `lastMs`, each its person's: rows are in order of t, so those beyond the data's end are the last ones. */
    table(lastMs: number, personOf: (group: number) => number) {
      let rows = t.length;
      while (rows > 0 && t.array()[rows - 1]! > lastMs) rows--;
      const sessionAs = sessionsOfPeople(personOf);
      const columns = {
        group: group.array(rows).map((code) => personOf(code)),
        session: session.array(rows).map((code) => (code === NONE ? NONE : sessionAs[code]!)),
        item: item.array(rows),
        category: category.array(rows),
      };
      return { rows, t: t.array(rows), ...columns, groups: groups.texts, sessions: sessions.texts, categories: categories.texts };
    },
  };
}
