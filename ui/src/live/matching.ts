// Filtering on this side, for servers that send everything to everybody: the plain filters, as the API defines them.
import { LEVELS, type LogEntry } from "../entries/entry";
import { exactValues } from "../url/filters";
import type { Params } from "../url/question";

const contains = (text: string | null, part: string) => (text ?? "").toLowerCase().includes(part.toLowerCase());

export function matches(entry: LogEntry, filter: Params): boolean {
  return Object.entries(filter).every(([name, value]) => {
    switch (name) {
      case "app_key":
      case "app_id":
      case "trace_id":
      case "batch_id":
        return exactValues(value).includes(entry[name] ?? "");
      case "level":
        return value.split(",").includes(entry.level);
      case "min_level":
        return LEVELS.indexOf(entry.level) >= (LEVELS as readonly string[]).indexOf(value);
      case "category":
      case "user_agent":
        return contains(entry[name], value);
      case "search":
        return contains(entry.message, value);
      default:
        return true;
    }
  });
}
