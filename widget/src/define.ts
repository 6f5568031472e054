/** Registers the element; the bell on the page becomes a chat at once. Twice on one page is once. */

import { ChatElement } from "./chat-element";

if (!customElements.get("deskbell-chat")) customElements.define("deskbell-chat", ChatElement);
