/** Turns web addresses in a text into links; everything stays text. */

import { h } from "./dom";

/** Up to the last character that is not the sentence's own. */
const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/;

/** Splitting at a captured pattern puts what matched at the odd places. */
export const linkify = (text: string): (Node | string)[] =>
  text.split(ADDRESS).map((part, index) =>
    index % 2 ? h("a", "", { href: part, target: "_blank", rel: "noopener" }, part) : part);
