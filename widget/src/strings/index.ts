/** Finds the words for a language; each language but English is a file of its own, fetched when it is needed. */

import { en, type Strings } from "./en";

export type { Strings } from "./en";
export { en } from "./en";

const languages: Record<string, () => Promise<{ strings: Strings }>> = {
  ar: () => import("./ar"),
  de: () => import("./de"),
  es: () => import("./es"),
  fr: () => import("./fr"),
};

/** The words of the first part of a language tag ("de-AT" is "de"); English if unknown or not to be had. */
export async function wordsFor(language: string): Promise<Strings> {
  try {
    return (await languages[language.slice(0, 2)]?.())?.strings ?? en;
  } catch {
    return en;
  }
}
