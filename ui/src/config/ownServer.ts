// Where this page's server is, without a slash at the end: `https://example.com`, or `https://example.com/logs` where a
// proxy has it below a path. The built script knows, for it lies in the folder `assets` there.
export const OWN_SERVER = import.meta.env.DEV
  ? globalThis.location?.origin
  : new URL("..", import.meta.url).href.replace(/\/$/, "");
