import type { RequestListener, Server } from 'node:http';
import { type Admission, openAdmission } from './admission.ts';
import { type Deadlines, openTimedServer, usualDeadlines, watchAnswers } from './deadlines.ts';
import { openGate, type ShedCounts, sendLate } from './shedding.ts';
import { openTurnEnd, type TurnEnd } from './turn-end.ts';

/** What stands before the app: deadlines for slow callers and slow handlers, and an admission that sheds. */
export interface Front {
  /** For Fastify's option of that name. Called once. */
  readonly serverFactory: (handle: RequestListener) => Server;
  /** From now on every answer says that its connection is not kept. */
  readonly closeConnections: () => void;
  /** Undefined before there is a server. */
  readonly shed: () => ShedCounts | undefined;
  readonly underWay: () => number;
  /** When what arrived in a turn of the event loop is answered; the admission sees how long that took. */
  readonly turnEnd: TurnEnd;
}

const now = (): number => performance.now();

/** How long this thread has worked, ms. */
function worked(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const byLoop = (turnEnd: TurnEnd): Admission => openAdmission({ now, worked, afterTurn: turnEnd.after });

export interface FrontSettings {
  readonly admission?: Admission;
  readonly turnEnd?: TurnEnd;
  readonly deadlines?: Deadlines;
}

/** Opens the front of one server. */
export function openFront({
  turnEnd = openTurnEnd(),
  admission = byLoop(turnEnd),
  deadlines = usualDeadlines,
}: FrontSettings = {}): Front {
  let gate: ReturnType<typeof openGate> | undefined;
  return {
    serverFactory(handle) {
      gate = openGate(handle, admission);
      const server = openTimedServer(gate.listener, deadlines);
      watchAnswers(server, gate.underWay, { deadlines, now, onLate: sendLate });
      return server;
    },
    closeConnections: () => gate?.closeConnections(),
    shed: () => gate?.shed,
    underWay: () => admission.underWay,
    turnEnd,
  };
}
