/** One request to the Supabase project, and the two ways it can fail. */

import type { Hint } from "../model";

export interface Project {
  /** The project's address without a slash at the end. */
  readonly url: string;
  /** The publishable key. */
  readonly key: string;
}

/**
 * The answer was no (`status` of the answer, `hint` why), and repeating will not change it.
 * Every other error means that nobody answered: worth repeating as it is.
 */
export class Refusal {
  constructor(
    readonly status: number,
    readonly hint: Hint,
  ) {}
}

const DEADLINE_MS = 15_000;
/** From this status on it is a proxy that speaks, for a backend that is restarting. */
const AWAY = 502;

/**
 * Posts JSON and gives the JSON that comes back, null for none.
 * @throws Refusal, or any error without an answer within 15 s.
 */
export async function post<Answer>(
  { url, key }: Project, path: string, body: object, token?: string | null, keepalive = false,
): Promise<Answer> {
  const answer = await fetch(url + path, {
    method: "POST",
    body: JSON.stringify(body),
    keepalive,
    signal: AbortSignal.timeout(DEADLINE_MS),
    headers: { apikey: key, "content-type": "application/json", ...(token && { authorization: "Bearer " + token }) },
  });
  const { ok, status } = answer;
  if (status >= AWAY) throw status;
  const json = JSON.parse((await answer.text()) || null!);
  if (ok) return json;
  throw new Refusal(status, json?.hint ?? "");
}

const FIRST_WAIT_MS = 400;
const LAST_WAIT_MS = 3_300;

/** The pause after so many failures, give or take a half, so that clients do not come back in step. */
export const pause = (failures: number): number => Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + Math.random());
