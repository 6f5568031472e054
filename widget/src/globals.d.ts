/** Style sheets are bundled as text and adopted by the shadow root. */
declare module "*.css" {
  const text: string;
  export default text;
}

/** A short hash of everything the loader may fetch, so that a cached old part is never mixed with a new one. */
declare const BUILD: string;
