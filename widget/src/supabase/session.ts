/** The visitor's anonymous account: made at the first need, kept in storage, refreshed by one tab at a time. */

import type { Shelf } from "../shelf";
import { post, Refusal, type Project } from "./http";

/** The part of an answer of Auth that is kept, with `expires_at` by this browser's clock, in milliseconds. */
interface Stored {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_at: number;
}

export interface Session {
  /** The access token as it is, without asking anybody; undefined before the first sign-in. */
  current(): string | undefined;
  /** A token good for at least a minute; signs in anonymously when there is no account yet. */
  token(): Promise<string>;
  /** The server called the token invalid: the next `token()` fetches another. */
  expire(): void;
  /** For good: nothing is stored from now on. */
  forget(): void;
}

/** A token this close to its end is replaced before use. */
const MARGIN_MS = 90_000;

export function openSession(project: Project, shelf: Shelf, name: string): Session {
  let pending: Promise<string> | undefined;
  const stored = (): Stored | null => shelf.read(name);
  const isFresh = (): boolean => (stored()?.expires_at ?? 0) - Date.now() > MARGIN_MS;
  let forgotten = false;
  const drop = (): void => shelf.write(name, null);

  /** What was asked for before it was forgotten, and comes after, is not stored any more. */
  function keep({ access_token, refresh_token, expires_at }: Stored): string {
    if (!forgotten) shelf.write(name, { access_token, refresh_token, expires_at });
    return access_token;
  }

  async function renew(): Promise<string> {
    const old = stored();
    if (isFresh()) return old!.access_token;
    try {
      const issued = await post<Stored & { expires_in: number }>(project, "/auth/v1/" + (old ? "token?grant_type=refresh_token" : "signup"),
        old ? { refresh_token: old.refresh_token } : { data: {} });
      return keep({ ...issued, expires_at: Date.now() + issued.expires_in * 1000 });
    } catch (error) {
      if (!old || !(error instanceof Refusal) || error.status >= 429) throw error;
      drop();
      return renew();
    }
  }

  return {
    forget() {
      forgotten = true;
      drop();
    },
    current: () => stored()?.access_token,
    token: () => (pending ??= takeTurn(name, renew).finally(() => (pending = undefined))),
    expire: () => void keep({ ...stored()!, expires_at: 0 }),
  };
}

/** Refresh tokens work once, so tabs take turns. Pages without https have no locks. */
const takeTurn = async <Result>(name: string, act: () => Promise<Result>): Promise<Result> =>
  navigator.locks ? await navigator.locks.request(name, act) : act();
