// One tab stop for a whole grid; arrows move inside it.
//
// Cells carry data-r and data-c. The cell that can be reached by Tab is kept in the document, not in
// the state of a component: a grid of seven hundred cells is not rendered again for each step.
import { useLayoutEffect, useRef } from 'preact/hooks';

type Step = (cell: HTMLElement, key: string, box: HTMLElement) => HTMLElement | null;

const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];

// `order` changes when the cells are arranged anew; the tab stop is then the first one again.
export function useRoving<E extends HTMLElement>(selector: string, step: Step, order: unknown = null) {
  const box = useRef<E>(null);
  useLayoutEffect(() => {
    for (const cell of box.current?.querySelectorAll<HTMLElement>(`${selector}[tabindex="0"]`) ?? []) cell.tabIndex = -1;
  }, [order]);
  useLayoutEffect(() => {
    const here = box.current;
    if (here === null) return;
    if (here.querySelector(`${selector}[tabindex="0"]`) !== null) return;
    const first = here.querySelector<HTMLElement>(`${selector}[data-first]`) ?? here.querySelector<HTMLElement>(selector);
    if (first !== null) first.tabIndex = 0;
  });
  const onFocusIn = (event: FocusEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>(selector);
    const here = box.current;
    if (cell === null || here === null) return;
    for (const other of here.querySelectorAll<HTMLElement>(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
    cell.tabIndex = 0;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!keys.includes(event.key) || event.altKey || event.metaKey || event.ctrlKey) return;
    const cell = (event.target as HTMLElement).closest<HTMLElement>(selector);
    const here = box.current;
    if (cell === null || here === null) return;
    event.preventDefault();
    const next = step(cell, event.key, here);
    next?.focus();
    next?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  return { ref: box, onFocusIn, onKeyDown };
}

// Rows and columns with holes: the nearest cell in the wanted direction.
export const gridStep: Step = (cell, key, box) => {
  const r = Number(cell.dataset['r']);
  const c = Number(cell.dataset['c']);
  const all = [...box.querySelectorAll<HTMLElement>('[data-r][data-c]')].map((element) => ({
    element, r: Number(element.dataset['r']), c: Number(element.dataset['c']),
  }));
  const along = key === 'ArrowLeft' || key === 'ArrowRight' || key === 'Home' || key === 'End';
  if (along) {
    const row = all.filter((each) => each.r === r).sort((a, b) => a.c - b.c);
    if (key === 'Home') return row[0]?.element ?? null;
    if (key === 'End') return row[row.length - 1]?.element ?? null;
    const after = key === 'ArrowRight' ? row.filter((each) => each.c > c)[0] : row.filter((each) => each.c < c).pop();
    return after?.element ?? null;
  }
  const far = key === 'PageUp' || key === 'PageDown' ? 10 : 1;
  const down = key === 'ArrowDown' || key === 'PageDown';
  const rows = [...new Set(all.map((each) => each.r))].sort((a, b) => a - b);
  const at = rows.indexOf(r) + (down ? far : -far);
  const target = rows[Math.max(0, Math.min(rows.length - 1, at))];
  const inRow = all.filter((each) => each.r === target);
  inRow.sort((a, b) => Math.abs(a.c - c) - Math.abs(b.c - c));
  return inRow[0]?.element ?? null;
};
