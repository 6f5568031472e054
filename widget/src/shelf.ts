/** Small values that outlive the page, where the browser allows it; else they live as long as the page does. */

export class Shelf {
  readonly #area: "localStorage" | "sessionStorage";
  readonly #memory = new Map<string, string>();

  constructor(area: "localStorage" | "sessionStorage") {
    this.#area = area;
  }

  /** The stored value, or null when there is none or it cannot be read. */
  read<T>(key: string): T | null {
    try {
      return JSON.parse(this.#memory.get(key) ?? window[this.#area].getItem(key) ?? "null") as T | null;
    } catch {
      return null;
    }
  }

  /** Stores a value; null forgets it. Never throws: a blocked or full storage is replaced by memory. */
  write(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#memory.delete(key);
    try {
      if (value === null) window[this.#area].removeItem(key);
      else window[this.#area].setItem(key, text);
    } catch {
      this.#memory.set(key, text);
    }
  }
}
