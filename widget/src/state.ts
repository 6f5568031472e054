/** What the views draw, and the verbs they call. The store replaces the state; nobody changes it. */

import type { Chat, Hello, Hint, Identity, Message, Outgoing } from "./model";

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

export interface Store {
  state(): State;
  open(): void;
  close(): void;
  /** The page is looked at, or not. */
  look(visible: boolean): void;
  /** The page, the network or the visitor is back, or another tab did something: what happened meanwhile? */
  back(): void;
  /** The page goes away; another one of the site may follow at once. */
  leave(): void;
  /** Ends every timer and the socket. */
  stop(): void;
  /** Forgets the visitor on this browser. */
  shutdown(): void;
  /** Adds to what is known of the visitor; told with the first message of the next chat. */
  identify(more: Identity): void;
  send(text: string): void;
  retry(id: string): void;
  typing(): void;
  keepWaiting(): void;
  end(): void;
  ringAgain(): void;
  /** Puts the ended chat aside; the next message starts another, linked to it. */
  newChat(): void;
}
