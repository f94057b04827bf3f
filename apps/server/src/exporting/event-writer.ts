import type { ShopEvent } from '@tillcast/core/events/event';

/** Writes events to a file that appears whole when it is finished, and not at all when it is abandoned. */
export interface EventWriter {
  write(event: ShopEvent): void;
  finish(): void | Promise<void>;
  abandon(): void;
}
