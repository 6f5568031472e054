/** Phoenix frames as Supabase Realtime 2.0.0 speaks them: pure functions, no socket. */

export interface Payload {
  readonly status?: string;
  readonly event?: string;
  readonly payload?: unknown;
}

export type Frame = readonly [joinRef: string | null, ref: string | null, topic: string, event: string, payload: Payload];

export const encode = (frame: Frame): string => JSON.stringify(frame);

/** Text frames are arrays. Binary frames are `4, topic length, event length, meta length, encoding`, then those texts and JSON. */
export function decode(data: string | ArrayBuffer): Frame {
  if (typeof data === "string") return JSON.parse(data);
  const bytes = new Uint8Array(data);
  let end = 5;
  const take = (length = bytes.length): string => new TextDecoder().decode(bytes.subarray(end, (end += length)));
  const [topic, event] = [take(bytes[1]), take(bytes[2])];
  end += bytes[3]!;
  return [null, null, topic, "broadcast", { event, payload: JSON.parse(take()) }];
}
