/** The few words the loader needs before any other: what the bell does, and that the chat did not load. */

export const bell: Readonly<Record<string, readonly [open: string, failed: string]>> = {
  en: ["Open chat", "Not loaded. Try again."],
  ar: ["افتح المحادثة", "تعذر التحميل"],
  de: ["Chat öffnen", "Nicht geladen"],
  es: ["Abrir el chat", "No se ha cargado"],
  fr: ["Ouvrir la discussion", "Échec du chargement"],
};
