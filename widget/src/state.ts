/** What the views draw. The store replaces it; nobody changes it. */

import type { Chat, Hello, Hint, Message, Outgoing } from "./model";

export interface State {
  readonly open: boolean;
  readonly hello: Hello | null;
  readonly chat: Chat | null;
  readonly messages: readonly Message[];
  readonly outbox: readonly Outgoing[];
  /** The agent types now. */
  readonly typing: boolean;
  /** False while the backend does not answer. */
  readonly connected: boolean;
  /** Why the last verb was refused, until the next one. */
  readonly refused: Hint | null;
  /** When the ring began, in milliseconds since 1970 on this clock. */
  readonly ringingSince: number;
  /** The visitor chose to keep waiting: the apology is not repeated. */
  readonly patient: boolean;
  readonly unread: number;
}

/** What a widget knows of no chat at all. */
export const NO_CHAT = {
  chat: null, messages: [], typing: false, refused: null, patient: false, connected: true,
} as const;

export const EMPTY: State = { ...NO_CHAT, open: false, hello: null, outbox: [], ringingSince: 0, unread: 0 };
