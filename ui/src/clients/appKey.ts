export const isAppKey = (text: string): boolean => /^[a-z0-9][a-z0-9-]*$/.test(text);

/** An app_key as the server takes it, made of a name. */
export function appKeyFrom(name: string): string {
  return name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 100);
}
