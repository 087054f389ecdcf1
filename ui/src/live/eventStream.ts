// Server-Sent Events (WHATWG HTML, section 9.2) read from a fetch, since EventSource can't send a key in a header.

interface ServerEvent {
  name: string;
  data: string;
}

/** Takes text as it arrives, gives whole events. Only what the log server sends: LF ends lines, data has one line. */
export class EventReader {
  private rest = "";

  take(text: string): ServerEvent[] {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const event = { name: "message", data: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        else if (line.startsWith("data: ")) event.data = line.slice(6);
      }
      return event.data ? [event] : [];
    });
  }
}

export class Rejected extends Error {}

/** Read an event stream until it ends or `signal` aborts it. Throws Rejected for a wrong key. */
export async function readEvents(
  address: string,
  key: string,
  signal: AbortSignal,
  take: (events: ServerEvent[]) => void,
): Promise<void> {
  const response = await fetch(address, {
    headers: { Accept: "text/event-stream", ...(key ? { Authorization: `Bearer ${key}` } : {}) },
    cache: "no-store",
    referrerPolicy: "no-referrer",
    signal,
  });
  if (response.status === 401) throw new Rejected();
  if (!response.ok || !response.body) throw new Error(`The server responded with ${response.status}`);
  const reader = new EventReader();
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await chunks.read();
    if (done) return;
    take(reader.take(value));
  }
}
