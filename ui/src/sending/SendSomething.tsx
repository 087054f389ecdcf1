// What an empty server shows: ways to send the first entry, which then takes this one's place by itself.
import { Copy } from "lucide-react";
import { useMemo, useState } from "react";
import { useHealth, useInfo } from "../api/server";
import { useConfig } from "../config/useConfig";
import { copy } from "../toast/copy";
import { navigate } from "../url/navigation";
import { KEY, waysTo } from "./ways";

export default function SendSomething({ live }: { live: boolean }) {
  const { apiUrl } = useConfig();
  const listeners = useHealth()?.listeners;
  const registered = useInfo()?.features.client_management ?? false;
  const ways = useMemo(
    () => waysTo({ url: apiUrl || location.origin, registered, listeners: listeners ?? [] }),
    [apiUrl, registered, listeners],
  );
  const [chosen, choose] = useState("curl");
  const way = ways.find(({ name }) => name === chosen) ?? ways[0];
  if (!way) return null;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <section aria-label="Send something" className="mx-auto flex max-w-3xl flex-col gap-4 px-4 py-8 sm:py-14">
        <div>
          <h3 className="font-semibold text-base">Send something</h3>
          <p className="mt-1 text-soft">
            Nothing is stored yet. Paste one of these: the first entry appears here by itself.
          </p>
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is submitted */}
        <div role="group" aria-label="Send with" className="flex flex-wrap gap-1.5">
          {ways.map(({ name }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === way.name}
              className="button choice"
              onClick={() => choose(name)}
            >
              {name}
            </button>
          ))}
        </div>
        <figure className="overflow-hidden rounded-lg border border-line">
          <figcaption className="flex items-center justify-between gap-3 border-line border-b bg-panel py-1 pr-1 pl-3">
            <span className="text-soft">{way.where}</span>
            <button type="button" className="button plain" onClick={() => copy(way.text, way.name)}>
              <Copy size={14} aria-hidden /> Copy
            </button>
          </figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <pre className="mono overflow-x-auto p-3" tabIndex={0} data-testid="way">
            {way.text}
          </pre>
        </figure>
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 text-faint">
          {way.text.includes(KEY) && <p>{registered ? <ClientKey /> : <WriteKey />}</p>}
          <p role="status" className="flex items-center gap-2 text-soft">
            {live ? <Waiting /> : <WatchLive />}
          </p>
        </div>
      </section>
    </div>
  );
}

function WriteKey() {
  return (
    <>
      <code className="mono">{KEY}</code> is the server's <code className="mono">API_SECRET</code>; if it has none,
      leave it as it is.
    </>
  );
}

function ClientKey() {
  return (
    <>
      <code className="mono">{KEY}</code> is the token of a{" "}
      <button type="button" className="text-accent hover:underline" onClick={() => navigate({ page: "clients" })}>
        client
      </button>{" "}
      that is registered as <code className="mono">shop</code>.
    </>
  );
}

function Waiting() {
  return (
    <>
      <span className="pulse size-2 rounded-full bg-accent" aria-hidden />
      Waiting for the first entry
    </>
  );
}

function WatchLive() {
  return (
    <button type="button" className="button small" onClick={() => navigate({ live: true })}>
      Watch live
    </button>
  );
}
