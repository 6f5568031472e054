/**
 * One socket to Supabase Realtime and the private channels on it.
 * Whatever breaks, be it the network, a join or a token, ends the socket; the next one joins everything again.
 */

import { decode, encode, type Frame } from "./frames";
import { pause, type Project } from "./http";
import type { Session } from "./session";

export interface Listener {
  /** A broadcast arrived. Delivery is at most once. */
  heard(event: string, payload: unknown): void;
  /** The channel was joined (again), or lost. */
  joined?(yes: boolean): void;
}

export interface Realtime {
  /** Joins a private channel and keeps it joined until `leave`. */
  join(name: string, listener: Listener): void;
  leave(name: string): void;
  /** Sends a broadcast if the channel is joined right now; else it is dropped. */
  say(name: string, event: string, payload: object): void;
  /** The network or the visitor may be back: tries now, or checks that an open socket still answers. */
  nudge(): void;
}

const BEAT_MS = 25_000;
const ANSWER_MS = 8_000;
const TOPIC = "realtime:";

export function openRealtime({ url, key }: Project, session: Session): Realtime {
  const listeners = new Map<string, Listener>();
  /** The reference of each channel's join; of those that were answered. */
  const joins = new Map<string, string>();
  const joined = new Set<string>();
  /** References whose answer is overdue after a while. */
  const awaited = new Set<string>();
  let socket: WebSocket | undefined;
  let opening = false;
  let reference = 0;
  let failures = 0;
  let retry: number | undefined;
  let beats: number | undefined;
  let token: string;

  const isOpen = (): boolean => socket?.readyState === 1;

  async function open(): Promise<void> {
    clearTimeout(retry);
    if (opening || socket || !listeners.size) return;
    opening = true;
    try {
      token = await session.token();
      if (listeners.size) connect();
    } catch {
      lost();
    }
    opening = false;
  }

  function connect(): void {
    const mine = (socket = new WebSocket(`${url.replace("http", "ws")}/realtime/v1/websocket?vsn=2.0.0&apikey=${key}`));
    mine.binaryType = "arraybuffer";
    mine.onmessage = ({ data }) => {
      try {
        receive(decode(data));
      } catch {
        // A frame that makes no sense is no reason to throw into the page: what it said is fetched later.
      }
    };
    mine.onclose = () => mine === socket && lost();
    mine.onopen = () => {
      awaited.clear();
      for (const topic of listeners.keys()) ask(topic);
      beats = setInterval(beat, BEAT_MS);
    };
    expect(String(++reference));
  }

  function receive([joinRef, ref, topic, event, payload]: Frame): void {
    const listener = listeners.get(topic);
    const current = joins.get(topic);
    if (event === "broadcast") listener?.heard(payload.event!, payload.payload);
    else if (event === "phx_reply") {
      awaited.delete(ref!);
      if (!listener || ref !== current) return;
      if (payload.status !== "ok") return lost();
      failures = 0;
      joined.add(topic);
      listener.joined?.(true);
    } else if (/phx_(error|close)/.test(event) && listener && joinRef === current) lost();
  }

  /** No answer is a broken connection, whatever the socket believes. */
  function expect(ref: string): void {
    awaited.add(ref);
    setTimeout(() => awaited.has(ref) && lost(), ANSWER_MS);
  }

  function ask(topic: string): void {
    joins.set(topic, String(reference + 1));
    expect(push(topic, "phx_join", {
      config: { private: true, presence: { enabled: false } },
      access_token: token,
    }));
  }

  function push(topic: string, event: string, payload: object): string {
    const ref = String(++reference);
    if (isOpen()) socket!.send(encode([joins.get(topic) ?? null, ref, topic, event, payload]));
    return ref;
  }

  /** Shows that the connection lives, and passes on a token that was renewed. */
  function beat(): void {
    expect(push("phoenix", "heartbeat", {}));
    session.token().then((access_token) => {
      if (access_token !== token) for (const topic of joined) push(topic, "access_token", { access_token });
      token = access_token;
    }, () => {});
  }

  function close(): void {
    clearTimeout(retry);
    clearInterval(beats);
    awaited.clear();
    joined.clear();
    const old = socket;
    socket = undefined;
    old?.close();
  }

  function lost(): void {
    close();
    retry = setTimeout(open, pause(failures++));
    for (const { joined } of listeners.values()) joined?.(false);
  }

  return {
    join(name, listener) {
      listeners.set(TOPIC + name, listener);
      if (isOpen()) ask(TOPIC + name);
      else void open();
    },
    leave(name) {
      push(TOPIC + name, "phx_leave", {});
      joined.delete(TOPIC + name);
      listeners.delete(TOPIC + name);
      if (!listeners.size) close();
    },
    say: (name, event, payload) => joined.has(TOPIC + name) && push(TOPIC + name, "broadcast", { type: "broadcast", event, payload }),
    nudge: () => (isOpen() ? beat() : void open()),
  };
}
