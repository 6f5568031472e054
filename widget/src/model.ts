/** The words of docs/sql-api.md as types, and what the widget adds to them. No behaviour. */

export type ChatStatus = "ringing" | "active" | "ended" | "missed" | "offline";

/** Why the database refused (docs/sql-api.md, "Refusals"); "" when it gave no reason. */
export type Hint = "ended" | "not_found" | "forbidden" | "invalid" | "too_many" | "offline" | "stale" | "";

export interface Agent {
  readonly name: string;
  readonly title: string | null;
  readonly photo: string | null;
}

/** What a page is told before it has an account. */
export interface Hello {
  readonly site: {
    readonly name: string;
    readonly language: string | null;
    readonly greeting: string | null;
    readonly color: string | null;
  };
  readonly availability: {
    readonly online: boolean;
    readonly next_open_at: string | null;
    readonly agents: readonly Agent[];
  };
}

/** A chat as its visitor sees it. */
export interface Chat {
  readonly id: string;
  readonly status: ChatStatus;
  readonly agent: Agent | null;
  /** Place in line, from 1, while it rings. */
  readonly place: number | null;
  readonly waited_seconds: number;
  readonly ended_at: string | null;
  readonly last_seq: number;
  readonly agent_read_seq: number;
  readonly visitor_read_seq: number;
}

export type SystemEvent = "agent_joined" | "chat_ended" | "chat_missed" | "nobody_there" | "rings_again";

export interface Message {
  readonly seq: number;
  readonly id: string;
  readonly author: "visitor" | "agent" | "system";
  readonly author_name?: string | null;
  readonly body: string;
  readonly event?: SystemEvent | null;
  readonly data?: { readonly agent_name?: string; readonly ended_by?: string; readonly reason?: string } | null;
  readonly created_at: string;
}

/** A message the visitor wrote and the database has not confirmed. */
export interface Outgoing {
  readonly id: string;
  readonly body: string;
  readonly created_at: string;
  /** Set when the database refused it; the visitor may retry with the same id. */
  readonly failed?: Hint | undefined;
}

/** What a site may tell about its visitor. */
export interface Identity {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  /** Custom attributes: at most 4 kB as JSON. */
  readonly attributes?: object;
}

/** What `start_chat` is told about the visitor beside the message. */
export interface VisitorFacts extends Identity {
  readonly language: string;
  readonly timezone: string;
  readonly device: "phone" | "tablet" | "desktop";
  readonly page: { readonly url: string; readonly title: string };
  readonly referrer: string;
  readonly previous_chat_id?: string;
}

/** True while an agent is rung or talking: the chat that needs a socket and a heartbeat. */
export function isLive(chat: Chat | null): chat is Chat & { readonly status: "ringing" | "active" } {
  return chat?.status === "ringing" || chat?.status === "active";
}

/** The longest message, in characters as Postgres counts them (product.md, section 2). */
export const TEXT_LIMIT = 10_000;
