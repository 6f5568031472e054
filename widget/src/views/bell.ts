/** The bell the loader drew: says what it does now and how much is unread. */

import type { State } from "../state";
import type { Strings } from "../strings";

export function updateBell(bell: HTMLButtonElement, { open, unread }: State, t: Strings): void {
  const waiting = unread > 0 && !open;
  bell.title = "";
  bell.ariaLabel = open ? t.close : waiting ? `${t.bell}, ${t.unread(unread)}` : t.bell;
  bell.ariaExpanded = String(open);
  if (waiting) bell.dataset.unread = String(unread);
  else delete bell.dataset.unread;
}
