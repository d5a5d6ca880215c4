import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.GUAZAI_URL ?? "http://127.0.0.1:8640";
/** What the control plane serves itself; everything else is the console's. */
const proxied = ["/api", "/open-platform.json", "/oauth", "/static", "/login", "/logout", "/language", "/me", "/c/", "/p/"];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    // Beside the view that serves it, so that a wheel carries it.
    outDir: "../src/guazai/control/delivery/console/dist",
    emptyOutDir: true,
    manifest: true,
    // Only files: the console's content security policy lets no data: fonts or scripts pass.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(proxied.map((path) => [path, { target: server }])),
  },
  test: { environment: "jsdom", setupFiles: ["tests/setup.ts"], include: ["tests/**/*.test.ts?(x)"] },
});
