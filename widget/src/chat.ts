/** Joins the store to the page: takes over the bell the loader drew, opens and closes the panel, answers the page's calls. */

import { openBackend } from "./backend";
import { openMemory } from "./memory";
import type { VisitorFacts } from "./model";
import { Shelf } from "./shelf";
import type { State } from "./state";
import { openStore } from "./store";
import { en, wordsFor } from "./strings";
import css from "./style.css";
import { updateBell } from "./views/bell";
import { h, type View } from "./views/dom";
import { systemText } from "./views/message";
import { panelView } from "./views/panel";

/** Below this width the panel covers the page, so it does not open by itself. */
const isPhone = (): boolean => matchMedia("(max-width: 480px)").matches;
const TICK_MS = 1_000;

/** What this tab remembers from page to page. */
interface Tab {
  readonly open: boolean;
  readonly text: string;
}

/** The JavaScript API of the page. */
export type Verbs = Record<string, (value: never, handler: (value: unknown) => void) => void>;

/** Everything listens until `signal` aborts. */
export function openChat(host: HTMLElement, signal: AbortSignal): Verbs {
  const { site = "", supabaseUrl = "", key = "" } = host.dataset;
  const name = "deskbell:" + site;
  const shelf = new Shelf("localStorage");
  const tab = new Shelf("sessionStorage");
  const store = openStore(openBackend({ url: supabaseUrl, key }, site, shelf), openMemory(shelf, name), facts, drawSoon);
  const handlers: (readonly [name: string, handler: (value: unknown) => void])[] = [];
  const root = host.shadowRoot!;
  const bell = root.querySelector("button")!;
  const live = root.appendChild(h("div", "hidden", { ariaLive: "polite" }));
  const kept = shelf.read<object>(name) && tab.read<Tab>(name);
  const viewport = visualViewport!;
  let panel: View & { focus(): void } | undefined;
  let asked = host.dataset.language;
  let words = en;
  let language = "";
  let text = kept?.text ?? "";
  let shown: State = store.state();
  let focusing = false;
  let stale = false;

  // ── opening and closing ────────────────────────────────────────────────────────────────────────

  function open(): void {
    focusing = true;
    store.open();
    draw();
    panel?.focus();
  }

  function close(): void {
    focusing = false;
    store.close();
    bell.focus();
  }

  /** Keeps the composer above a phone's keyboard, which covers the page without resizing it. */
  function fit(): void {
    host.style.setProperty("--view-height", viewport.height + "px");
    host.style.setProperty("--view-top", viewport.offsetTop + "px");
  }

  /** Nothing is stored before there is a chat. */
  function remember(): void {
    const { open, chat } = store.state();
    if (chat) tab.write(name, { open, text } satisfies Tab);
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────

  /** Speaks the language asked for, else the page's, the site's or the browser's; the last one asked for wins. */
  async function speak(): Promise<void> {
    const now = asked || document.documentElement.lang || store.state().hello?.site.language || navigator.language;
    if (now === language) return;
    language = now;
    const found = await wordsFor(now);
    if (language !== now || (panel && words === found)) return;
    words = found;
    host.lang = words === en ? "en" : now;
    host.dir = /^ar/.test(host.lang) ? "rtl" : "ltr";
    panel?.node.remove();
    const keep = (draft: string): void => {
      text = draft;
      remember();
    };
    panel = panelView({ t: words, language: host.lang }, store, { text, keep }, bell.firstChild!, close);
    root.append(panel.node);
    draw();
    if (focusing) panel.focus();
  }

  /** Once for all that changes in one go. */
  function drawSoon(): void {
    if (!stale) queueMicrotask(() => stale && draw());
    stale = true;
  }

  function draw(): void {
    stale = false;
    const state = store.state();
    const before = shown;
    shown = state;
    updateBell(bell, state, words);
    panel?.update(state);
    if (state.hello !== before.hello) {
      dress(state.hello!.site.color);
      void speak();
    }
    announce(before, state);
    if (before.open !== state.open || before.chat?.id !== state.chat?.id) remember();
  }

  /** In the site's colour, with ink or paper on it, whichever can be read. */
  function dress(color: string | null): void {
    if (!color) return;
    host.style.setProperty("--brand", color);
    host.style.setProperty("--on-brand", `oklch(from ${color} calc((.65 - l) * 1000) 0 0)`);
  }

  /** Tells screen readers and the page what is new. */
  function announce(before: State, { messages, open, unread, chat }: State): void {
    const last = messages.at(-1);
    if (last && before.messages.length && before.messages.at(-1) !== last && last.author !== "visitor") {
      live.textContent = last.author === "system" ? systemText(last, words) : words.says(last.author_name!, last.body);
    }
    if (before.open !== open) emit(open ? "open" : "close", null);
    if (before.unread !== unread) emit("unread", unread);
    if (before.chat?.status !== chat?.status) emit("status", chat?.status);
  }

  /** A mistake in the page's handler is the page's, and does not stop the chat. */
  function emit(name: string, value: unknown): void {
    for (const [on, handler] of handlers) if (on === name) queueMicrotask(() => handler(value));
  }

  function facts(): VisitorFacts {
    return {
      language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      device: !matchMedia("(pointer: coarse)").matches ? "desktop" : isPhone() ? "phone" : "tablet",
      page: { url: location.href, title: document.title },
      referrer: document.referrer,
    };
  }

  // ── the page ───────────────────────────────────────────────────────────────────────────────────

  function watch(): void {
    const on = (target: EventTarget, name: string, act: (event: never) => unknown): void =>
      target.addEventListener(name, act as EventListener, { signal });
    const look = (): void => store.look(!document.hidden);
    on(document, "visibilitychange", look);
    on(window, "online", look);
    on(window, "pagehide", store.leave);
    on(window, "storage", (event: StorageEvent) => event.key === name && look());
    on(host, "keydown", (event: KeyboardEvent) => event.key === "Escape" && store.state().open && close());
    on(viewport, "resize", fit);
    on(viewport, "scroll", fit);
    const clock = setInterval(() => store.state().open && panel?.update(store.state()), TICK_MS);
    on(signal, "abort", () => {
      clearInterval(clock);
      store.stop();
    });
  }

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets.push(sheet);
  watch();
  void speak();
  if (kept?.open && !isPhone()) store.open();
  else store.back();

  return {
    open, close,
    toggle: () => (store.state().open ? close() : open()),
    identify: store.identify,
    setAttributes: (attributes) => store.identify({ attributes }),
    setLanguage(wanted) {
      asked = wanted;
      void speak();
    },
    on: (event, handler) => handlers.push([event, handler]),
    shutdown() {
      store.shutdown();
      tab.write(name, null);
      host.remove();
    },
  };
}
