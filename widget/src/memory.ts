/** What survives a page change: which chat this browser is in and what it still has to send. Shared by all tabs. */

import type { Hint, Outgoing } from "./model";
import type { Shelf } from "./shelf";

interface Saved {
  /** The chat the visitor is in or was in last; null before the first message is confirmed. */
  readonly chat: string | null;
  /** The id a new chat will have, kept so that a repeated start is the same start; made when it is needed. */
  readonly next?: string | undefined;
  /** The ended chat that the next one continues. */
  readonly previous: string | null;
  readonly outbox: readonly Outgoing[];
}

export type Memory = ReturnType<typeof openMemory>;

export function openMemory(shelf: Shelf, key: string) {
  const saved = (): Saved => shelf.read(key) ?? { chat: null, previous: null, outbox: [] };
  const keep = (changes: Partial<Saved>): void => shelf.write(key, { ...saved(), ...changes });
  return {
    saved,
    forget: () => shelf.write(key, null),
    queue: (body: string) =>
      keep({ outbox: [...saved().outbox, { id: newId(), body, created_at: new Date().toISOString() }] }),
    /** The database has these messages. */
    sent(ids: readonly string[]): void {
      const { outbox } = saved();
      const left = outbox.filter(({ id }) => !ids.includes(id));
      if (left.length < outbox.length) keep({ outbox: left });
    },
    /** The database does not want it and says why; or, without a reason, it shall be tried again. */
    mark: (id: string, failed?: Hint) =>
      keep({ outbox: saved().outbox.map((message) => (message.id === id ? { ...message, failed } : message)) }),
    /** The id of the chat that begins now. */
    next(): string {
      const { next = newId() } = saved();
      keep({ next });
      return next;
    },
    inChat: (chat: string) => keep({ chat, previous: null }),
    /** Leaves the chat; the next one is linked to `previous` if given. */
    leaveChat: (previous: string | null) => keep({ chat: null, next: undefined, previous }),
  };
}

/** A random UUID. Addresses of blobs end with one, also on pages without https, where `crypto.randomUUID` is missing. */
function newId(): string {
  const url = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(url);
  return url.slice(-36);
}
