// One page, one script, one style sheet. Nothing is inlined, for the server's content security
// policy knows no inline script, no inline style and no data: but for pictures.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2021',
    outDir: 'dist',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { output: { manualChunks: undefined } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
