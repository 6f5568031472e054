/**
 * The one line on a customer's page: draws the bell, and fetches the chat when somebody reaches for it.
 * Stores nothing, asks the network nothing, and throws nothing into the page.
 */

import css from "./bell.css";
import { bell as words } from "./strings/bell";

type Call = [verb: string, ...args: unknown[]];
interface ChatElement extends HTMLElement {
  /** There once the chat is loaded. */
  call?(...call: Call): unknown;
}
type Page = { Deskbell?: Call[] | Record<string, (...args: unknown[]) => unknown> };

/** Time for the page to draw itself before storage is read and a chat that goes on is fetched. */
const IDLE_MS = 500;
const SVG = "http://www.w3.org/2000/svg";
const SHAPE = "M18 9a6 6 0 0 0-12 0c0 6-2.5 7.5-2.5 7.5h17S18 15 18 9M10 20a2.2 2.2 0 0 0 4 0";

function start(script: HTMLScriptElement, page: Page): void {
  const early = page.Deskbell ?? [];
  if (!Array.isArray(early)) return;
  const host: ChatElement = document.createElement("deskbell-chat");
  const { language, site } = Object.assign(host.dataset, script.dataset);
  const spoken = language || document.documentElement.lang || navigator.language;
  const [open, failed] = (words[spoken.slice(0, 2)] ?? words.en)!;
  host.dir = /^ar/.test(spoken) ? "rtl" : "ltr";
  const bell = drawBell(host, open);

  const queue: Call[] = [];
  let attempts = 0;
  let loading: Promise<void> | undefined;
  const load = (): Promise<void> =>
    (loading ??= import(new URL(`widget.js?${BUILD}${attempts++ || ""}`, script.src).href).then(
      () => queue.forEach((call) => host.call!(...call)),
      () => {
        loading = undefined;
        bell.title = bell.ariaLabel = failed;
      },
    ));
  const call = (...call: Call): unknown => {
    if (host.call) return host.call(...call);
    queue.push(call);
    return call[0] === "open" && load();
  };

  const api: Page["Deskbell"] = (page.Deskbell = {
    hide: () => (host.hidden = true),
    show: () => (host.hidden = false),
  });
  for (const verb of ["open", "close", "identify", "setAttributes", "on", "setLanguage", "shutdown"]) {
    api[verb] = (...args) => call(verb, ...args);
  }
  bell.onpointerenter = bell.onfocus = load;
  bell.onclick = () => call(host.call ? "toggle" : "open");
  document.documentElement.append(host);
  setTimeout(() => loading ?? (hasChat(site) && load()), IDLE_MS);
  early.forEach(([verb, ...args]) => api[verb]?.(...args));
}

function drawBell(host: HTMLElement, label: string): HTMLButtonElement {
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const bell = root.appendChild(document.createElement("button"));
  bell.className = "bell";
  bell.ariaLabel = label;
  const svg = bell.appendChild(document.createElementNS(SVG, "svg"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", SHAPE);
  return bell;
}

/** Whether this browser was in a chat here. The first look into storage can block the page, so it comes late. */
function hasChat(site: string | undefined): unknown {
  try {
    return localStorage["deskbell:" + site];
  } catch {
    return false;
  }
}

try {
  start(document.currentScript as HTMLScriptElement, window as Page);
} catch (error) {
  console.warn(error);
}
