/** The top of the panel: who is there, or who one talks to; end and close. */

import { isLive } from "../model";
import type { State } from "../state";
import type { Strings } from "../strings";
import { avatar } from "./avatar";
import { button, fill, h, icon, write, type View } from "./dom";

const CROSS = "M6 6l12 12M18 6L6 18";

export function headerView(t: Strings, askToEnd: () => void, close: () => void): View {
  const faces = h("div", "faces");
  const title = h("h2", "");
  const line = h("p", "");
  const end = button("", t.end, askToEnd);
  const node = h("header", "", {}, faces, h("div", "who", {}, title, line), end, button("icon", t.close, close, icon(CROSS)));

  function update({ hello, chat }: State): void {
    const agent = chat?.status === "active" ? chat.agent : null;
    const there = hello?.availability;
    const online = !!agent || !!there?.online;
    const agents = agent ? [agent] : (there?.agents ?? []);
    fill(faces, agents, () => agents.map(avatar));
    write(title, agent?.name ?? hello?.site.name ?? "");
    write(line, agent?.title || (online ? t.online : hello ? t.nobody_there : ""));
    line.className = online ? "online" : "";
    end.hidden = !isLive(chat);
  }
  return { node, update };
}
