import { fileURLToPath } from 'node:url';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['globalVariable', 'baseLocale'],
      // As in `npm run messages`, so that check, test and dev can run beside one another.
      outputStructure: 'locale-modules',
      emitReadme: false,
    }),
    svelte(),
  ],
  base: './',
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    // Without it vitest resolves Svelte's server build, which cannot mount.
    conditions: process.env.VITEST ? ['browser'] : undefined,
  },
  // The sample window draws the built-in accessories, which lie beside this folder.
  server: { port: 5180, strictPort: true, fs: { allow: ['.', '../icons'] } },
  build: {
    target: ['chrome123', 'safari17.5'],
    // The polyfill is an inline script, which the window's CSP refuses.
    modulePreload: { polyfill: false },
    // A data: address in CSS or an inlined picture is refused by the CSP as well.
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['./tests/setup.ts'],
  },
});
