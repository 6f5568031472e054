/** Turns web and mail addresses in a text into links; everything stays text. */

import { h } from "./dom";

/** Up to the last character that is not the sentence's own; what may stand before an @ is bounded, or a long word takes long. */
const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)/;

/** Splitting at a captured pattern puts what matched at the odd places. */
export const linkify = (text: string): (Node | string)[] =>
  text.split(ADDRESS).map((part, index) =>
    index % 2 ? h("a", "", { href: /:/.test(part) ? part : "mailto:" + part, target: "_blank", rel: "noopener" }, part) : part);
