/** The whole panel: puts the parts together and passes them the state. */

import type { State, Store } from "../state";
import { composerView, type Draft } from "./composer";
import { h, type View } from "./dom";
import { headerView } from "./header";
import type { Words } from "./message";
import { statusView } from "./status";
import { timelineView } from "./timeline";

/** `bell` is the drawing that swings while it rings. */
export function panelView(words: Words, store: Store, draft: Draft, bell: Node, close: () => void): View & { focus(): void } {
  const { t } = words;
  const composer = composerView(t, store, draft);
  const status = statusView(t, store, bell, composer.focus);
  const header = headerView(t, () => status.ask(true), close);
  const timeline = timelineView(words, store.retry);
  const parts = [header, timeline, status];
  const node = h("section", "panel", { role: "dialog" }, ...parts.map((part) => part.node), composer.node);

  function update(state: State): void {
    node.hidden = !state.open;
    node.ariaLabel = t.panel(state.hello?.site.name ?? "");
    for (const part of parts) part.update(state);
  }
  return { node, update, focus: composer.focus };
}
