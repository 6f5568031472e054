/** Turns web and mail addresses in a text into links; everything stays text. */

import { h } from "./dom";

const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'»”]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/;

/** Splitting at a captured pattern puts what matched at the odd places. */
export const linkify = (text: string): (Node | string)[] =>
  text.split(ADDRESS).map((part, index) => index % 2
    ? h("a", "", { href: part.includes("://") ? part : "mailto:" + part, target: "_blank", rel: "noopener nofollow" }, part)
    : part);
