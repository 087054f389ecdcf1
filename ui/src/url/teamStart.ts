// What the team begins with, as this browser last heard it: so the page waits for nothing where its address says nothing.
import { Stored } from "../state/stored";
import { type Place, placeIn } from "./named";

/** Empty: the logs. */
export const teamStart = new Stored<Place>("logservice:team-start", readStart);

function readStart(text: string | null): Place {
  try {
    return placeIn(String(JSON.parse(text ?? '""')), "") ?? "";
  } catch {
    return "";
  }
}
