// Light, dark, or as the system says. The choice is an attribute of <html>, which the style reads.
import { createStore, remember, remembered } from './store';

export type Theme = 'system' | 'light' | 'dark';
export const themes: readonly Theme[] = ['system', 'light', 'dark'];

function first(): Theme {
  const kept = remembered('theme');
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export const theme = createStore<Theme>(first());

function apply(): void {
  const root = document.documentElement;
  if (theme.get() === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', theme.get());
}

export function chooseTheme(next: Theme): void {
  remember('theme', next);
  theme.set(next);
}

// Charts are drawn in pixels and must be drawn again when the colours change.
export const painted = createStore(0);

export function startTheme(): void {
  apply();
  const repaint = () => painted.set(painted.get() + 1);
  theme.subscribe(() => {
    apply();
    repaint();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
}
