/** One line of the timeline: a bubble of the visitor or an agent, or what happened to the chat. */

import type { Message, Outgoing } from "../model";
import type { Strings } from "../strings";
import { avatar } from "./avatar";
import { button, h } from "./dom";
import { linkify } from "./linkify";
import { fullTime, shortTime } from "./times";

/** A message the database has, or one of the visitor's on its way there. */
export type Line = (Message & { readonly failed?: undefined }) | (Outgoing & { readonly author: "visitor"; readonly seq?: undefined });

export interface Words {
  readonly t: Strings;
  readonly language: string;
}

/** A system message in the reader's language; its own words if its event is unknown. */
export function systemText({ event, data, body }: Message, t: Strings): string {
  return event === "agent_joined" ? t.agent_joined(data!.agent_name!) : (t[event!] ?? body);
}

/** The bubble without what stands under it, which changes. */
export function lineNode(line: Line, { t, language }: Words, retry: (id: string) => void): HTMLElement {
  const { author, body, created_at } = line;
  const title = fullTime(created_at, language);
  if (author === "system") return h("li", "", { title }, systemText(line, t));
  const name = author === "agent" ? line.author_name! : t.you;
  const refused = line.failed !== undefined;
  const bubble = refused ? button("bubble", "", () => retry(line.id)) : h("div", "bubble");
  bubble.dir = "auto";
  bubble.append(...linkify(body));
  return h("li", "", {},
    author === "agent" && avatar({ name }),
    h("div", "stack", {}, h("span", author === "agent" ? "name" : "hidden", {}, name), bubble, h("span", "meta", { title })));
}

/** Why it failed, or when it was and how far it got. */
export function metaText(line: Line, latest: boolean, agentRead: number, { t, language }: Words): string {
  if (!line.seq) return line.failed === undefined ? t.queued : t.failed;
  const time = shortTime(line.created_at, language, t.now);
  return latest ? `${time} · ${line.seq <= agentRead ? t.read : t.sent}` : time;
}
