/** The fields of an entry that bars can be split by; any of the context can, too. */
export const SPLITS: Readonly<Record<string, string>> = {
  level: "Level",
  app_key: "Application",
  app_id: "Environment",
  category: "Category",
  user_agent: "User agent",
};

export const splitName = (field: string): string => SPLITS[field] ?? field.replace(/^context\./, "");
