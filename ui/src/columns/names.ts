/** A column's title. */
export function titleOf(name: string): string {
  return TITLES[name] ?? name.replace(/^context\./, "");
}

const TITLES: Record<string, string> = {
  time: "Time",
  level: "Level",
  app: "Application",
  app_key: "App key",
  app_id: "Environment",
  category: "Category",
  message: "Message",
  trace: "Trace",
  batch_id: "Batch",
  user_agent: "User agent",
  id: "ID",
};
