/**
 * One chat, told twice on the same stack: through the widget's own transport and through the official client.
 * What a teller hears is written down without the ids and times, which differ by nature; the two records must be equal.
 */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { openBackend, Refusal, type ChatEvents } from "../../widget/src/backend";
import { Shelf } from "../../widget/src/shelf";

export interface Stack {
  readonly url: string;
  readonly key: string;
  readonly site: string;
  readonly email: string;
  readonly password: string;
}

/** The visitor's side of the story. */
interface Teller {
  hello(): Promise<unknown>;
  start(chat: string, message: string, body: string, attributes: object): Promise<unknown>;
  send(chat: string, message: string, body: string): Promise<unknown>;
  since(chat: string, seq: number): Promise<unknown>;
  seen(chat: string): Promise<unknown>;
  read(chat: string, seq: number): Promise<unknown>;
  end(chat: string): Promise<unknown>;
  ringAgain(chat: string): Promise<unknown>;
  /** Resolves when joined. */
  listen(chat: string, heard: (event: string, payload: unknown) => void): Promise<void>;
  typing(chat: string, name: string): Promise<void>;
  /** A refusal as `status hint`. */
  refusal(error: unknown): string;
}

const EVENTS = ["message_sent", "messages_read", "chat_accepted", "chat_ended", "chat_missed", "chat_rings"] as const;
const DEADLINE_MS = 10_000;

function ours({ url, key, site }: Stack): Teller {
  const backend = openBackend({ url, key }, site, new Shelf("localStorage"));
  const outgoing = (id: string, body: string) => ({ id, body, created_at: "" });
  return {
    ...backend,
    start: (chat, id, body, attributes) => backend.start(chat, outgoing(id, body), { language: "en", attributes } as never),
    send: (chat, id, body) => backend.send(chat, outgoing(id, body)),
    since: (chat, seq) => backend.since(chat, seq, 200),
    listen: (chat, heard) => new Promise((joined) => {
      const events = Object.fromEntries(EVENTS.map((name) => [name, (payload: unknown) => heard(name, payload)]));
      backend.listen(chat, events as unknown as ChatEvents, (payload) => heard("typing", payload), (yes) => yes && joined());
    }),
    // The typing topic joins by itself; what is said before it did is dropped, as the widget wants it.
    typing: (chat, name) => until(() => backend.typing(chat, name)),
    refusal: (error) => (error instanceof Refusal ? `${error.status} ${error.hint}` : String(error)),
  };
}

function official({ url, key, site }: Stack): Teller {
  const client = createClient(url, key, { auth: { storageKey: "official" } });
  const rpc = asked(client);
  const typing = (chat: string) => client.channel("typing:" + chat, { config: { private: true } });
  let topic: ReturnType<typeof typing>;
  return {
    hello: () => rpc("widget_hello", { site_key: site }),
    async start(chat_id, message_id, body, attributes) {
      if (!(await client.auth.getSession()).data.session) await client.auth.signInAnonymously();
      return rpc("start_chat", { site_key: site, chat_id, message_id, body, visitor: { language: "en", attributes } });
    },
    send: (chat_id, message_id, body) => rpc("send_message", { chat_id, message_id, body }),
    since: (chat_id, seq) => rpc("messages_since", { chat_id, seq, page_size: 200 }),
    seen: (chat_id) => rpc("chat_seen", { chat_id }),
    read: (chat_id, seq) => rpc("mark_read", { chat_id, seq }),
    end: (chat_id) => rpc("end_chat", { chat_id }),
    ringAgain: (chat_id) => rpc("ring_again", { chat_id }),
    async listen(chat, heard) {
      topic = typing(chat);
      await joined(topic.on("broadcast", { event: "*" }, ({ event, payload }) => heard(event, payload)));
      await joined(client.channel("chat:" + chat, { config: { private: true } })
        .on("broadcast", { event: "*" }, ({ event, payload }) => heard(event, payload)));
    },
    typing: async (_chat, name) => void (await topic.send({ type: "broadcast", event: "typing", payload: { by: "visitor", name } })),
    refusal: (error) => `${(error as { status: number }).status} ${(error as { hint: string }).hint}`,
  };
}

/** Calls functions and throws what PostgREST says, with the status. */
const asked = (client: SupabaseClient) => async (name: string, args: object): Promise<unknown> => {
  const { data, error, status } = await client.rpc(name, args);
  if (error) throw Object.assign(new Error(`${name}: ${error.message}`), { hint: error.hint, status });
  return data;
};

/** What an agent is shown of the visitor's attributes. */
async function agentSees(client: SupabaseClient, chat: string): Promise<unknown> {
  const { data } = await client.from("chats").select("visitors(attributes)").eq("id", chat).single();
  return data;
}

const joined = (channel: ReturnType<SupabaseClient["channel"]>): Promise<void> =>
  new Promise((done) => channel.subscribe((status) => status === "SUBSCRIBED" && done()));

/** Repeats until it gives something, or gives up. */
async function until<Result>(act: () => Result): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; ) {
    if (act()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("waited in vain for " + act);
}

/** Ids and times by the order of their first appearance. */
function plain(record: unknown): unknown {
  const ids = new Map<string, string>();
  return JSON.parse(
    JSON.stringify(record)
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => ids.get(id) ?? (ids.set(id, "id " + ids.size), ids.get(id)!))
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+(\+[\d:]+|Z)/g, "time")
      .replace(/"waited_seconds":[\d.]+/g, '"waited_seconds":0'),
  );
}

async function tell(visitor: Teller, stack: Stack): Promise<unknown> {
  const agentClient = createClient(stack.url, stack.key, { auth: { storageKey: "agent" } });
  await agentClient.auth.signInWithPassword(stack);
  const agent = asked(agentClient);
  await agent("register_device", { device: { id: crypto.randomUUID(), platform: "web", name: "story" } });
  await agent("set_status", { status: "online" });

  const [chat, first, second] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
  const answers: unknown[] = [];
  const events: Record<string, unknown[]> = {};
  const note = (answer: unknown) => answers.push(answer ?? null);
  const heard = (name: string) => until(() => events[name]?.length);
  const refused = (act: () => Promise<unknown>) => act().then(() => note("no refusal"), (error) => note(visitor.refusal(error)));

  note(await visitor.hello());
  const attributes = { plan: "gold", cart: { items: 2 } };
  await refused(() => visitor.start(chat, first, " ", attributes));
  note(await visitor.start(chat, first, "Is the lamp dimmable?", attributes));
  note(await visitor.start(chat, first, "Is the lamp dimmable?", attributes));
  note(await agentSees(agentClient, chat));
  await visitor.listen(chat, (event, payload) => (events[event] ??= []).push(payload));
  const overheard: unknown[] = [];
  await joined(agentClient.channel("typing:" + chat, { config: { private: true } })
    .on("broadcast", { event: "typing" }, ({ payload }) => overheard.push(payload)));

  await agent("accept_chat", { chat_id: chat });
  await heard("chat_accepted");
  note(await visitor.seen(chat));
  await agent("send_message", { chat_id: chat, message_id: crypto.randomUUID(), body: "Yes: ä, 👍 and " + "long ".repeat(300) });
  await until(() => events.message_sent?.length === 2);
  note(await visitor.read(chat, 3));
  await heard("messages_read");
  note(await visitor.send(chat, second, "Thank you"));
  note(await visitor.send(chat, second, "Thank you"));
  await until(() => events.message_sent?.length === 3);
  for (const end = Date.now() + DEADLINE_MS; !overheard.length && Date.now() < end; ) {
    await visitor.typing(chat, "Nora");
    await new Promise((done) => setTimeout(done, 50));
  }
  note(overheard[0]);
  note(await visitor.since(chat, 0));

  await refused(() => visitor.send(chat, crypto.randomUUID(), " "));
  await refused(() => visitor.seen(crypto.randomUUID()));
  note(await visitor.end(chat));
  await heard("chat_ended");
  await refused(() => visitor.send(chat, crypto.randomUUID(), "Too late"));
  await refused(() => visitor.ringAgain(chat));
  note(await visitor.seen(chat));
  await agentClient.removeAllChannels();
  return plain({ answers, events });
}

export const tellOurs = (stack: Stack): Promise<unknown> => tell(ours(stack), stack);
export const tellOfficial = (stack: Stack): Promise<unknown> => tell(official(stack), stack);
