/** An agent's face, or the initials where there is no photo or it does not load. */

import { h } from "./dom";

export function avatar({ name, photo }: { readonly name: string; readonly photo?: string | null | undefined }): HTMLElement {
  const initials = name.split(/\s+/).map(([letter]) => letter ?? "").join("").slice(0, 2);
  return h("span", "avatar", { ariaHidden: true }, initials, photo && h("img", "", { src: photo, alt: "" }));
}
