import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the API: a Kansoku server that is already up. */
const server = process.env["KANSOKU_URL"] ?? "http://127.0.0.1:4318";

export default defineConfig({
  // Relative addresses: the server may stand under a sub-path and says so in <base href>.
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../src/kansoku/show/static",
    emptyOutDir: true,
    target: "es2023",
    cssTarget: ["chrome125", "firefox128", "safari18"],
    // Files, never data: addresses, so that the page runs under the strictest policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": server, "/healthz": server } },
});
