// What an alert would have done in the past, asked for while it is still being written.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../administration/adminRequests";
import { ALERTS_PATH } from "../api/kept";
import { request } from "../api/request";
import type { Fired, KeptAlert } from "../api/responses";
import { useEndpoint } from "../api/server";
import { useSettled } from "../state/useSettled";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { groupText } from "./alert";
import { lasted, MOST_FIRED, marksOf, saidOf } from "./fired";

const PATIENCE = 400;
const SHOWN = 50;
const DAYS = [1, 7, 30];

interface Asked extends Pick<KeptAlert, "query" | "when" | "group_by"> {}

/** Null: what was written is no alert yet. */
export function Preview({ asked }: { asked: Asked | null }) {
  const endpoint = useEndpoint();
  const [days, setDays] = useState(7);
  const body = useSettled(asked === null ? null : JSON.stringify(asked), PATIENCE);
  const { data, error, isFetching } = useQuery({
    queryKey: ["preview", endpoint, body, days],
    queryFn: async ({ signal }) => {
      const to = Date.now();
      const from = to - days * 86_400_000;
      const bounds = { date_from: new Date(from).toISOString(), date_to: new Date(to).toISOString() };
      const { fired } = await request<{ fired: Fired[] }>(endpoint, `${ALERTS_PATH}/preview`, {
        method: "POST",
        body: { ...JSON.parse(body ?? ""), ...bounds },
        signal,
      });
      return { fired, from, to, days };
    },
    enabled: body !== null,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <section aria-label="Preview" aria-busy={isFetching} className="rounded-lg border border-line bg-panel px-3 py-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="font-medium">
          {error && <span className="text-error">{messageOf(error)}</span>}
          {!error && (data ? saidOf(data.fired, data.days) : "Looking at the past…")}
        </p>
        <select
          aria-label="How far back"
          className="field h-7! w-auto!"
          value={days}
          onChange={(event) => setDays(Number(event.target.value))}
        >
          {DAYS.map((one) => (
            <option key={one} value={one}>
              {one === 1 ? "last day" : `last ${one} days`}
            </option>
          ))}
        </select>
      </div>
      {data && !error && <Timeline {...data} />}
      {data && !error && data.fired.length > 0 && <Times fired={data.fired} to={data.to} />}
    </section>
  );
}

interface Past {
  fired: readonly Fired[];
  from: number;
  to: number;
}

function Timeline({ fired, from, to }: Past) {
  const time = useTimeFormat();
  return (
    <>
      <div aria-hidden className="relative mt-2 h-5 overflow-hidden rounded bg-line">
        {marksOf(fired, from, to).map(({ left, width }) => (
          <span
            key={`${left} ${width}`}
            className="absolute inset-y-0 min-w-0.5 bg-error"
            style={{ left: `${left}%`, width: `${width}%` }}
          />
        ))}
      </div>
      <div aria-hidden className="flex justify-between text-faint text-xs">
        <span>{fullTime(from, time).slice(0, 16)}</span>
        <span>now</span>
      </div>
    </>
  );
}

function Times({ fired, to }: { fired: readonly Fired[]; to: number }) {
  const time = useTimeFormat();
  const newest = fired.slice(-SHOWN).reverse();
  return (
    <ol aria-label="When it would have fired" className="mt-1 max-h-20 overflow-y-auto text-soft tabular-nums">
      {newest.map((one) => (
        <li key={`${one.since} ${groupText(one.group)}`} className="flex flex-wrap gap-x-3">
          <span className="mono text-ink">{fullTime(one.since, time).slice(0, 19)}</span>
          <span>{lasted(one, to)}</span>
          {one.group && <span className="min-w-0 truncate">{groupText(one.group)}</span>}
        </li>
      ))}
      {fired.length > SHOWN && fired.length < MOST_FIRED && <li>and {fired.length - SHOWN} times before</li>}
    </ol>
  );
}
