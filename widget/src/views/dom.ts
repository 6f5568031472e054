/** The little that is needed to build elements. Text is always set as text: no markup is ever parsed. */

import type { State } from "../state";

/** A part of the panel: a node, and what to do when the state has changed. */
export interface View {
  readonly node: HTMLElement;
  update(state: State): void;
}

type Child = Node | string | null | false | undefined;

/** An element with a class, properties and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, className: string, props: Record<string, unknown> = {}, ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = Object.assign(document.createElement(tag), { className }, props);
  put(node, children);
  return node;
}

/** A button that shows its name, or a drawing whose tooltip is the name. */
export const button = (className: string, label: string, onclick: () => void, face?: Node): HTMLButtonElement =>
  h("button", className, { type: "button", onclick, ...(face && { title: label }) }, face ?? label);

/** Replaces the children only if there is something to change, so that focus and animations are kept. */
export function fill(node: HTMLElement, content: unknown, children: () => Child[]): void {
  const key = JSON.stringify(content);
  if (drawn.get(node) === key) return;
  drawn.set(node, key);
  node.textContent = "";
  put(node, children());
}

const drawn = new WeakMap<HTMLElement, string>();

/** Sets a text only if it is another one, so that nothing is announced or laid out twice. */
export function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

const put = (node: Element, children: Child[]): void => node.append(...children.filter((child) => !!child) as Node[]);

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of 24 by 24 made of strokes. */
export function icon(shape: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", shape);
  return svg;
}
