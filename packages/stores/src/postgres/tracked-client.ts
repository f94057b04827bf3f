import { Socket } from 'node:net';
import pg from 'pg';

/** A client whose socket can be cut at once: `end` says goodbye first, and a frozen server never hears it. */
export class TrackedClient extends pg.Client {
  readonly #socket: Socket;

  constructor(config?: pg.ClientConfig) {
    const socket = new Socket();
    super({ ...config, stream: () => socket });
    this.#socket = socket;
    // A connection may break while nobody asks anything of it; without a listener that would end the process.
    this.on('error', () => {});
  }

  /** Ends the connection without a word. Whatever was asked of it fails. */
  cut(): void {
    this.#socket.destroy();
  }
}
