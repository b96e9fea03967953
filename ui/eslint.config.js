import { statSync } from 'node:fs';
import js from '@eslint/js';
import { importX } from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const FEATURES = ['contacts', 'conversations', 'find', 'me', 'onboarding', 'personas', 'phone', 'photos', 'presence', 'products', 'schemes', 'sellers'];
const backend = {
  group: ['@tauri-apps/*'],
  message: 'Only src/lib/ipc knows the backend.',
};
const insideIpc = {
  group: ['$lib/ipc/*', '**/ipc/*.js', '**/ipc/tauri', '**/ipc/browser', '**/ipc/generated'],
  message: 'Import from $lib/ipc.',
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/lib/paraglide/', 'src/lib/ipc/generated.ts', 'dev/shots/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    // The parser option is for the cycle rule, which reads .svelte files while it checks .ts ones.
    languageOptions: { globals: { ...globals.browser }, parserOptions: { parser: ts.parser } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [aliases()],
      'import-x/extensions': ['.ts', '.js', '.svelte'],
      'import-x/parsers': {
        '@typescript-eslint/parser': ['.ts'],
        'svelte-eslint-parser': ['.svelte'],
      },
    },
    rules: {
      'import-x/no-cycle': 'error',
      'no-restricted-imports': ['error', { patterns: [backend, insideIpc] }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-empty-function': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      'prefer-const': 'off',
      // Sets of listeners are no state.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: "Inline styles are refused by the CSP; use a class or style:--name={…}.",
        },
      ],
    },
  },
  { files: ['src/lib/ipc/**'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['tests/**', 'dev/**', 'src/**/*.test.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [backend] }] } },
  {
    files: ['src/lib/shared/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            backend,
            insideIpc,
            { group: ['**/views/**', '**/shell/**', ...FEATURES.map((feature) => `**/${feature}/**`)], message: 'shared imports no feature.' },
            { group: FEATURES.map((feature) => `$lib/${feature}`), message: 'shared imports no feature.' },
          ],
        },
      ],
    },
  },
  {
    files: ['dev/**/*.mjs', '*.config.{js,ts}'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-console': 'off' },
  },
);

// Resolves $lib and extension-less imports, so that the cycle rule sees the whole graph.
function aliases() {
  return { interfaceVersion: 3, name: 'stoa', resolve };
}

function resolve(specifier, from) {
  const lib = new URL('./src/lib/', import.meta.url);
  const base = specifier.startsWith('$lib')
    ? new URL(specifier.replace(/^\$lib\/?/, './'), lib)
    : specifier.startsWith('.')
      ? new URL(specifier, `file://${from}`)
      : null;
  if (!base) return { found: false };
  const path = base.pathname.replace(/\/$/, '');
  for (const candidate of [path, `${path}.ts`, `${path}.svelte.ts`, path.replace(/\.js$/, '.ts'), `${path}/index.ts`]) {
    if (isFile(candidate)) return { found: true, path: candidate };
  }
  return { found: false };
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
