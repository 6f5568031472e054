/** `<deskbell-chat>`: a chat for as long as the element is on the page. */

import { openChat, type Verbs } from "./chat";

export class ChatElement extends HTMLElement {
  #ends = new AbortController();
  #verbs: Verbs = {};

  connectedCallback(): void {
    this.#verbs = openChat(this, (this.#ends = new AbortController()).signal);
  }

  disconnectedCallback(): void {
    this.#ends.abort();
  }

  call(verb: string, ...args: never[]): unknown {
    return (this.#verbs[verb] as ((...args: never[]) => unknown) | undefined)?.(...args);
  }
}
