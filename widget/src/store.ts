/** The visitor's chat: its data and the verbs on it. Asks the backend; knows no document and no view. */

import { pause, Refusal, type Backend } from "./backend";
import type { Memory } from "./memory";
import { isLive, type Chat, type Identity, type Message, type Outgoing, type VisitorFacts } from "./model";
import { EMPTY, NO_CHAT, type State, type Store } from "./state";
import { Timeline } from "./timeline";

const BEAT_MS = 10_000;
const HELLO_EVERY_BEATS = 3;
const TYPING_EVERY_MS = 2_000;
const TYPING_SHOWN_MS = 6_000;
const PAGE = 200;
const FORGET_MS = 24 * 3600 * 1000;

/** `facts` is asked at the first message; `changed` is called after every change of the state. */
export function openStore(backend: Backend, memory: Memory, facts: () => VisitorFacts, changed: () => void): Store {
  let state = EMPTY;
  let identity: Identity = {};
  let timeline = new Timeline();
  let catching: Timeline | undefined;
  let listening: string | undefined;
  let visible = true;
  let sending = false;
  let beats = 0;
  let failures = 0;
  let typedAt = 0;
  let readUpTo = 0;
  let clock: number | undefined;
  let retrying: number | undefined;
  let typingEnds: number | undefined;

  // ── state ──────────────────────────────────────────────────────────────────────────────────────

  function set(changes: Partial<State>): void {
    state = { ...state, ...changes };
    const seen = Math.max(readUpTo, state.chat?.visitor_read_seq ?? 0);
    const unread = state.messages.filter(({ author, seq }) => author === "agent" && seq > seen).length;
    state = { ...state, unread };
    tune();
    changed();
  }

  /** Listens and ticks exactly as long as there is a reason to. */
  function tune(): void {
    const { chat, open } = state;
    const wanted = chat && (isLive(chat) || (open && chat.status !== "ended")) ? chat.id : undefined;
    if (wanted !== listening) {
      if (listening) backend.unlisten(listening);
      listening = wanted;
      if (wanted) listen(wanted);
    }
    if (open || isLive(chat)) clock ??= setInterval(beat, BEAT_MS);
    else clock = clearInterval(clock) as undefined;
  }

  function beat(): void {
    const { chat, open } = state;
    if (isLive(chat)) attempt(() => see(chat.id));
    else if (open && visible && ++beats % HELLO_EVERY_BEATS === 0) attempt(greet);
  }

  /** Does it, and says why not: a refusal for the visitor to read, an outage to be tried again. */
  async function attempt(verb: () => Promise<void>): Promise<void> {
    try {
      await verb();
      failures = 0;
      if (!listening) set({ connected: true });
    } catch (error) {
      if (error instanceof Refusal) return set({ refused: error.hint });
      clearTimeout(retrying);
      retrying = setTimeout(back, pause(failures++));
      set({ connected: false });
    }
  }

  async function greet(): Promise<void> {
    set({ hello: await backend.hello() });
  }

  function back(): void {
    clearTimeout(retrying);
    const { chat, outbox } = memory.saved();
    if (state.chat && chat !== state.chat.id) forgetChat();
    set({ outbox });
    backend.nudge();
    if (chat && backend.known()) attempt(() => see(chat));
    if (state.open && !isLive(state.chat)) attempt(greet);
    void flush();
    markRead();
  }

  // ── sending: one at a time, in order, until the database has it ────────────────────────────────

  function deliverAll(): void {
    set({ outbox: memory.saved().outbox, refused: null });
    void flush();
  }

  async function flush(): Promise<void> {
    if (sending) return;
    sending = true;
    await attempt(async () => {
      for (let next; (next = memory.saved().outbox.find(({ failed }) => failed === undefined)); ) await deliver(next);
    });
    sending = false;
  }

  async function deliver(message: Outgoing): Promise<void> {
    const { chat } = memory.saved();
    try {
      await (chat ? deliverInto(chat, message) : deliverFirst(message));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { hint } = error;
      if (chat && (hint === "ended" || hint === "not_found")) leaveChat(hint === "ended" ? chat : null);
      else memory.mark(message.id, hint);
    }
    set({ outbox: memory.saved().outbox, connected: true });
  }

  async function deliverInto(chat: string, message: Outgoing): Promise<void> {
    const { seq, created_at } = await backend.send(chat, message);
    memory.sent([message.id]);
    if (chat === state.chat?.id) show([{ ...message, seq, created_at, author: "visitor" }]);
  }

  async function deliverFirst(message: Outgoing): Promise<void> {
    const { previous } = memory.saved();
    const visitor = { ...facts(), ...identity, ...(previous && { previous_chat_id: previous }) };
    const started = await backend.start(memory.next(), message, visitor);
    memory.inChat(started.chat.id);
    show([started.message]);
    take(started.chat);
  }

  // ── hearing and catching up ────────────────────────────────────────────────────────────────────

  async function see(id: string): Promise<void> {
    try {
      const chat = await backend.seen(id);
      if (id !== memory.saved().chat) return;
      if (!state.chat && isOld(chat)) memory.forget();
      else take(chat);
    } catch (error) {
      if (!(error instanceof Refusal) || error.hint !== "not_found") throw error;
      leaveChat(null);
    }
  }

  /** The chat as the database has it; an answer that is older than the messages known is overtaken by events. */
  function take(chat: Chat): void {
    if (chat.last_seq < timeline.seq) return;
    const rings = chat.status === "ringing";
    set({
      chat,
      refused: null,
      patient: rings && state.patient,
      ...(rings && { ringingSince: Date.now() - chat.waited_seconds * 1000 }),
    });
    if (chat.last_seq > timeline.seq) void catchUp();
  }

  function listen(id: string): void {
    const change = (changes: Partial<Chat>): void => set({ chat: { ...state.chat!, ...changes } });
    backend.listen(id, {
      message_sent: (message) => (message.cut ? void catchUp() : show([message])),
      messages_read: ({ by, seq }) => by === "agent" && change({ agent_read_seq: seq }),
      chat_accepted: ({ agent }) => change({ status: "active", agent }),
      chat_ended: () => change({ status: "ended" }),
      chat_missed: () => change({ status: "missed" }),
      chat_rings: () => void attempt(() => see(id)),
    }, ({ by }) => {
      if (by !== "agent") return;
      clearTimeout(typingEnds);
      typingEnds = setTimeout(() => set({ typing: false }), TYPING_SHOWN_MS);
      set({ typing: true });
    }, (connected) => {
      set({ connected });
      if (connected) back();
    });
  }

  function show(messages: readonly Message[]): void {
    timeline.add(messages);
    memory.sent(messages.map(({ id }) => id));
    set({
      messages: timeline.messages,
      outbox: memory.saved().outbox,
      typing: state.typing && messages.every(({ author }) => author !== "agent"),
    });
    markRead();
    if (timeline.hasGap) void catchUp();
  }

  /** Fetches what is after the last number without a gap, once at a time. */
  async function catchUp(): Promise<void> {
    const mine = timeline;
    if (catching === mine) return;
    catching = mine;
    await attempt(async () => {
      for (let before = -1; before < mine.seq; ) {
        before = mine.seq;
        const rows = await backend.since(state.chat!.id, before, PAGE);
        if (mine !== timeline) return;
        show(rows);
      }
    });
    catching = undefined;
  }

  function markRead(): void {
    const { chat, messages, open } = state;
    const last = messages.findLast(({ author }) => author !== "visitor")?.seq ?? 0;
    if (!chat || !open || !visible || last <= Math.max(readUpTo, chat.visitor_read_seq)) return;
    readUpTo = last;
    set({});
    backend.read(chat.id, last).catch(() => (readUpTo = 0));
  }

  // ── leaving ────────────────────────────────────────────────────────────────────────────────────

  function leaveChat(previous: string | null): void {
    memory.leaveChat(previous);
    forgetChat();
  }

  function forgetChat(): void {
    timeline = new Timeline();
    readUpTo = 0;
    set(NO_CHAT);
  }

  function leave(): void {
    if (isLive(state.chat)) backend.leaves(state.chat.id);
  }

  function stop(): void {
    set({ ...NO_CHAT, open: false });
    clearTimeout(retrying);
  }

  function newChat(): void {
    leaveChat(state.chat!.id);
    attempt(greet);
  }

  return {
    back, leave, stop, newChat,
    state: () => state,
    open() {
      set({ open: true });
      back();
    },
    close: () => set({ open: false }),
    look(now) {
      visible = now;
      if (now) back();
    },
    shutdown() {
      leave();
      stop();
      memory.forget();
      backend.forget();
    },
    identify: (more) => (identity = { ...identity, ...more, attributes: { ...identity.attributes, ...more.attributes } }),
    send(text) {
      if (state.chat?.status === "ended") newChat();
      memory.queue(text.trim());
      typedAt = 0;
      deliverAll();
    },
    retry(id) {
      memory.mark(id);
      deliverAll();
    },
    typing() {
      if (state.chat?.status !== "active" || Date.now() - typedAt < TYPING_EVERY_MS) return;
      typedAt = Date.now();
      backend.typing(state.chat.id, identity.name);
    },
    keepWaiting: () => set({ patient: true }),
    end() {
      const { id } = state.chat!;
      attempt(async () => {
        await backend.end(id);
        await see(id);
      });
    },
    ringAgain: () => attempt(async () => take(await backend.ringAgain(state.chat!.id))),
  };
}

/** A chat that was over yesterday is not brought back to a page. */
const isOld = ({ ended_at }: Chat): boolean => Date.now() - Date.parse(ended_at ?? "") > FORGET_MS;
