// The build: one page whose every file has its content's hash in its name and comes from /assets.
// Nothing is inlined, since the page's Content-Security-Policy allows neither inline scripts nor data: scripts.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const { LOGSTREAM_URL: target = "http://127.0.0.1:8081" } = loadEnv(mode, ".", "LOGSTREAM_");
  return {
    // Files are found by the address of the one that asks, also where the server has a prefix; the page's own addresses
    // get the prefix from the server.
    experimental: { renderBuiltUrl: (_, { hostType }) => (hostType === "html" ? undefined : { relative: true }) },
    plugins: [react(), tailwindcss()],
    build: {
      outDir: "../src/logstream/web/assets/ui",
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: "es2022",
    },
    worker: { format: "es" },
    server: { proxy: { "/api": { target, changeOrigin: true }, "/ws": { target, changeOrigin: true, ws: true } } },
  };
});
