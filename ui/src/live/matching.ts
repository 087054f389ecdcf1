// Filtering on this side, for servers that send everything to everybody: the plain filters, as the API defines them.
import { LEVELS, type LogEntry } from "../entries/entry";
import { exactValues } from "../url/filters";
import type { Params } from "../url/question";

const contains = (text: string | null, part: string) => (text ?? "").toLowerCase().includes(part.toLowerCase());

export function matches(entry: LogEntry, filter: Params): boolean {
  return Object.entries(filter).every(([name, value]) => {
    const texts = [value].flat();
    switch (name) {
      case "app_key":
      case "app_id":
      case "trace_id":
      case "batch_id":
        return texts.flatMap(exactValues).includes(entry[name] ?? "");
      case "level":
        return texts.flatMap(exactValues).includes(entry.level);
      case "min_level":
        return LEVELS.indexOf(entry.level) >= (LEVELS as readonly string[]).indexOf(String(value));
      case "category":
      case "user_agent":
        return texts.some((text) => contains(entry[name], text));
      case "search":
        return texts.some((text) => contains(entry.message, text));
      default:
        return true;
    }
  });
}
