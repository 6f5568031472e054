/** The messages, grouped by who wrote them. The style sheet lays them from the end, so that the newest stays in view. */

import type { State } from "../state";
import { h, write, type View } from "./dom";
import { lineNode, metaText, type Line, type Words } from "./message";

const TOGETHER_MS = 5 * 60_000;

export function timelineView(words: Words, retry: (id: string) => void): View {
  const { t } = words;
  const welcome = h("p", "welcome", { dir: "auto" });
  const list = h("ol", "");
  const typing = h("div", "dots", { ariaHidden: true }, "•••");
  const node = h("div", "log", { role: "log", ariaLive: "off", ariaLabel: t.log, tabIndex: 0 }, h("div", "", {}, welcome, list, typing));
  const nodes = new Map<string, HTMLElement>();

  function update(state: State): void {
    const length = nodes.size;
    drawWelcome(welcome, state, words);
    drawLines(state);
    typing.hidden = !state.typing || state.chat?.status !== "active";
    if (state.outbox.length && nodes.size > length) node.scrollTop = 0;
  }

  function drawLines({ messages, outbox, chat }: State): void {
    const lines: Line[] = [...messages, ...outbox.map((message) => ({ ...message, author: "visitor" as const }))];
    const latest = messages.findLast(({ author }) => author === "visitor");
    const gone = new Set(nodes.keys());
    lines.forEach((line, index) => {
      const state = line.seq ? "" : line.failed === undefined ? "queued" : "failed";
      const key = line.id + state;
      const drawn = nodes.get(key) ?? lineNode(line, words, retry);
      const last = !together(line, lines[index + 1]);
      nodes.set(key, drawn);
      gone.delete(key);
      drawn.className = `line ${line.author} ${state} ${together(lines[index - 1], line) ? "" : "first"}`;
      const meta = drawn.querySelector(".meta");
      if (meta) write(meta, last || line === latest || state === "failed" ? metaText(line, line === latest, chat?.agent_read_seq ?? 0, words) : "");
      if (list.children[index] !== drawn) list.insertBefore(drawn, list.children[index] ?? null);
    });
    for (const key of gone) {
      nodes.get(key)!.remove();
      nodes.delete(key);
    }
  }
  return { node, update };
}

/** Whether `b` stands close under `a`, as one turn of one person. */
const together = (a: Line | undefined, b: Line | undefined): boolean =>
  !!a && a.author === b?.author && a.author !== "system" && Date.parse(b.created_at) - Date.parse(a.created_at) < TOGETHER_MS;

/** The greeting before the first message. */
function drawWelcome(node: HTMLElement, { hello }: State, { t }: Words): void {
  if (hello) write(node, hello.availability.online ? hello.site.greeting || t.greeting : t.refused_offline);
}
