/** What the widget asks of Deskbell, one method for each SQL function it uses. Knows Supabase; knows no view. */

import type { Agent, Chat, Hello, Message, Outgoing, VisitorFacts } from "./model";
import type { Shelf } from "./shelf";
import { post, Refusal, type Project } from "./supabase/http";
import { openRealtime } from "./supabase/realtime";
import { openSession } from "./supabase/session";

export { pause, Refusal } from "./supabase/http";

/** What happens to a chat, as the database tells it (docs/sql-api.md, "Realtime"). */
export interface ChatEvents {
  message_sent(message: Message & { readonly cut?: boolean }): void;
  messages_read(mark: { readonly by: "visitor" | "agent"; readonly seq: number }): void;
  chat_accepted(accept: { readonly agent: Agent }): void;
  chat_ended(): void;
  chat_missed(): void;
  chat_rings(): void;
}

/** Said by the agent's app, not by the database. */
export interface Typing {
  readonly by: "visitor" | "agent";
}

export type Backend = ReturnType<typeof openBackend>;

export function openBackend(project: Project, site_key: string, shelf: Shelf) {
  const session = openSession(project, shelf, `deskbell:${site_key}:session`);
  const realtime = openRealtime(project, session);
  const rpc = <Answer>(name: string, args: object, token?: string, keepalive?: boolean): Promise<Answer> =>
    post(project, "/rest/v1/rpc/" + name, args, token, keepalive);

  /** Calls as the visitor; every function may be repeated, so a token at its end costs one more call. */
  async function call<Answer>(name: string, args: object): Promise<Answer> {
    try {
      return await rpc(name, args, await session.token());
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      session.expire();
      return rpc(name, args, await session.token());
    }
  }

  return {
    nudge: realtime.nudge,
    /** Forgets the account on this browser. */
    forget: session.forget,
    /** Whether this browser has an account here. */
    known: () => !!session.current(),
    hello: () => rpc<Hello>("widget_hello", { site_key }),
    /** Signs in anonymously if needed. May answer with a chat of another id: the one the visitor is in already. */
    start: (chat_id: string, { id, body }: Outgoing, visitor: VisitorFacts) =>
      call<{ chat: Chat; message: Message }>("start_chat", { site_key, chat_id, message_id: id, body, visitor }),
    send: (chat_id: string, { id, body }: Outgoing) =>
      call<{ seq: number; created_at: string }>("send_message", { chat_id, message_id: id, body }),
    since: (chat_id: string, seq: number, page_size: number) => call<Message[]>("messages_since", { chat_id, seq, page_size }),
    /** Says that the visitor is here, and hears how the chat stands. */
    seen: (chat_id: string) => call<Chat>("chat_seen", { chat_id }),
    /** Says that the visitor's page goes away: no waiting, no answer. */
    leaves: (chat_id: string) => void rpc("chat_seen", { chat_id, here: false }, session.current(), true).catch(() => {}),
    read: (chat_id: string, seq: number) => call<void>("mark_read", { chat_id, seq }),
    end: (chat_id: string) => call<void>("end_chat", { chat_id }),
    ringAgain: (chat_id: string) => call<Chat>("ring_again", { chat_id }),
    typing: (chat_id: string, name?: string) => realtime.say("typing:" + chat_id, "typing", { by: "visitor", name }),

    /** Hears everything about one chat until `unlisten`. */
    listen(chat_id: string, events: ChatEvents, typing: (who: Typing) => void, joined: (yes: boolean) => void): void {
      realtime.join("chat:" + chat_id, { heard: (event, payload) => events[event as keyof ChatEvents]?.(payload as never), joined });
      realtime.join("typing:" + chat_id, { heard: (_event, payload) => typing(payload as Typing) });
    },
    unlisten(chat_id: string): void {
      realtime.leave("chat:" + chat_id);
      realtime.leave("typing:" + chat_id);
    },
  };
}
