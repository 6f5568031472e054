/** Where the visitor writes: grows with the text, Enter sends, Shift and Enter makes a new line. */

import { TEXT_LIMIT } from "../model";
import type { Store } from "../state";
import type { Strings } from "../strings";
import { button, h, icon, write, type View } from "./dom";

/** The counter appears when this much is left. */
const COUNT_BELOW = 1_000;
const ARROW = "M12 19V5M5.5 11.5L12 5l6.5 6.5";

/** The text being written: what it was on the page before, and where to keep it for the next. */
export interface Draft {
  readonly text: string;
  keep(text: string): void;
}

export function composerView(t: Strings, store: Store, draft: Draft): Pick<View, "node"> & { focus(): void } {
  const field = h("textarea", "", { rows: 1, value: draft.text, ariaLabel: t.placeholder, placeholder: t.placeholder, dir: "auto", enterKeyHint: "send" });
  const counter = h("span", "counter", { role: "status" });
  const send = button("icon send", t.send, submit, icon(ARROW));
  const node = h("div", "composer", {}, field, counter, send);

  function changed(): void {
    const text = field.value.trim();
    const left = TEXT_LIMIT - [...text].length;
    write(counter, left < COUNT_BELOW ? t.left(left) : "");
    send.disabled = left < 0 || !text;
    draft.keep(field.value);
    resize();
  }
  /** Only where the style sheet cannot do it: reading the height makes the browser lay out the page at once. */
  function resize(): void {
    if (CSS.supports("field-sizing:content")) return;
    field.style.height = "auto";
    field.style.height = field.scrollHeight + 2 + "px";
  }
  function submit(): void {
    if (send.disabled) return;
    store.send(field.value);
    field.value = "";
    changed();
    field.focus();
  }
  function focus(): void {
    resize();
    field.focus({ preventScroll: true });
  }
  field.oninput = () => {
    changed();
    store.typing();
  };
  field.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  changed();
  return { node, focus };
}
