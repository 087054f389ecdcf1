import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { ApiError } from "./api/request";
import "./app.css";
import { getConfig } from "./config/useConfig";
import { openStream } from "./logs/openStream";
import { ErrorBoundary } from "./shell/ErrorBoundary";
import { currentDialog, openDialog } from "./state/dialogs";
import { isSide } from "./state/side";
import { startAt } from "./url/navigation";
import { teamStart } from "./url/teamStart";

const queries = new QueryClient({
  queryCache: new QueryCache({
    onError(error, query) {
      if (!(error instanceof ApiError) || error.status !== 401 || currentDialog().open === "settings") return;
      openDialog("settings", query.meta?.admin ? "admin" : "read");
    },
  }),
  defaultOptions: {
    // A log server is often reached without the internet, so what the browser thinks of that does not count.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      refetchOnWindowFocus: false,
    },
  },
});

if (!isSide) startAt(getConfig().startView || teamStart.get());
openStream();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ErrorBoundary>
          <App />
        </ErrorBoundary>
      </QueryClientProvider>
    </StrictMode>,
  );
}
