/** Times as people say them: relative up to an hour, then of the day. */

const MINUTE_MS = 60_000;

export function shortTime(iso: string, language: string, now: string): string {
  const date = new Date(iso);
  const minutes = Math.floor((Date.now() - +date) / MINUTE_MS);
  if (minutes < 1) return now;
  if (minutes < 60) return new Intl.RelativeTimeFormat(language, { style: "short" }).format(-minutes, "minute");
  return date.toLocaleTimeString(language, { timeStyle: "short" });
}

export const fullTime = (iso: string, language: string): string => new Date(iso).toLocaleString(language);
