// The request for an entry as a command: pure. A key never stands in it, only the variable that has it.

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function curlOf(address: string, needsKey: boolean): string {
  const key = needsKey ? ' -H "Authorization: Bearer $LOGSTREAM_KEY"' : "";
  return `curl -sS${key} ${quoted(address)}`;
}
