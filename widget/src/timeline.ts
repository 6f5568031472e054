/** The messages of one chat in order, each once, and how far they are known without a gap. */

import type { Message } from "./model";

export class Timeline {
  /** The highest sequence number below which nothing is missing. */
  seq = 0;

  readonly #bySeq = new Map<number, Message>();

  /** True when a later message is known than the ones that are complete. */
  get hasGap(): boolean {
    return this.#bySeq.size > this.seq;
  }

  get messages(): readonly Message[] {
    return [...this.#bySeq.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Takes messages in any order, as often as they come. */
  add(messages: readonly Message[]): void {
    for (const message of messages) this.#bySeq.set(message.seq, message);
    while (this.#bySeq.has(this.seq + 1)) this.seq++;
  }
}
