/** The card above the composer: it rings, nobody answered, it is over; and what one can do now. */

import type { Hint } from "../model";
import type { State, Store } from "../state";
import type { Strings } from "../strings";
import { isLive } from "../model";
import { button, fill, h, write, type View } from "./dom";

const PLACE_AFTER_MS = 30_000;
const SORRY_AFTER_MS = 60_000;

type Verb = "end" | "endNo" | "ringAgain" | "newChat" | "keepWaiting";
type Card = readonly [title: keyof Strings, more: string, ...verbs: Verb[]];

/** `ask` puts the question whether to end the chat. `after` is called when a verb was chosen. */
export function statusView(t: Strings, store: Store, bell: Node, after: () => void): View & { ask(yes: boolean): void } {
  const card = h("div", "", { role: "status" });
  const quiet = h("p", "quiet", { role: "status" });
  const node = h("div", "", {}, card, quiet);
  let asking = false;

  function ask(yes: boolean): void {
    asking = yes;
    update(store.state());
    if (yes) card.querySelector("button")?.focus();
  }
  function choose(verb: Verb): void {
    ask(false);
    if (verb !== "endNo") store[verb]();
    after();
  }
  function update(state: State): void {
    const { connected, refused } = state;
    const shown: Card | null = asking && isLive(state.chat) ? ["endAsk", "", "end", "endNo"] : cardFor(state, t);
    fill(card, shown, () => (shown ? [draw(shown)] : []));
    write(quiet, !connected ? t.reconnecting : refused === null ? "" : refusal(refused, t));
    quiet.hidden = !quiet.textContent;
  }
  function draw([title, more, ...verbs]: Card): HTMLElement {
    return h("div", "card", {},
      (title === "ringing" || title === "sorry") && h("span", "ringer", {}, bell.cloneNode(true)),
      h("div", "words", {}, h("strong", "", {}, t[title] as string), h("span", "more", {}, more)),
      verbs[0] && h("div", "actions", {}, ...verbs.map((verb, index) => button(index ? "" : "primary", t[verb], () => choose(verb)))));
  }
  return { node, update, ask };
}

function cardFor({ chat, hello, ringingSince, patient }: State, t: Strings): Card | null {
  const waited = Date.now() - ringingSince;
  switch (chat?.status) {
    case "ringing":
      if (waited >= SORRY_AFTER_MS && !patient) return ["sorry", t.saved, "keepWaiting", "end"];
      return ["ringing", waited >= PLACE_AFTER_MS && chat.place ? t.place(chat.place) : t.ringingMore];
    case "missed": return ["chat_missed", t.saved, "ringAgain"];
    case "offline": return hello?.availability.online ? ["back", t.saved, "ringAgain"] : ["nobody_there", t.saved];
    case "ended": return ["chat_ended", t.thanks, "newChat"];
    default: return null;
  }
}

/** Why it was refused, as far as the visitor can do something about it. */
const refusal = (hint: Hint, t: Strings): string => t[`refused_${hint as "offline"}`] ?? t.refused;
