// The keyboard: two keys go to a page, '?' lists them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { go, href, type Page } from '../route';
import { useWords } from '../words';

export const goKeys: readonly (readonly [string, Page])[] = [
  ['t', 'today'], ['c', 'calendar'], ['d', 'day'], ['h', 'chain'], ['q', 'query'], ['r', 'runs'], ['s', 'storage'],
];

const together_ms = 1500;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

export function useShortcuts(help: () => void): void {
  useEffect(() => {
    let pressed = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      if (event.key === '?') {
        event.preventDefault();
        help();
      } else if (event.key === 'g') {
        pressed = performance.now();
      } else if (performance.now() - pressed < together_ms) {
        pressed = -Infinity;
        const found = goKeys.find(([key]) => key === event.key);
        if (found === undefined) return;
        event.preventDefault();
        go(href(found[1]));
      } else if (event.key === '[' || event.key === ']') {
        const rel = event.key === '[' ? 'prev' : 'next';
        document.querySelector<HTMLElement>(`main a[rel="${rel}"], main button[data-rel="${rel}"]`)?.click();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [help]);
}

// A modal dialog that is open as long as it is in the tree.
export function Dialog({ title, onClose, children }: { title: string; onClose?: () => void; children: preact.ComponentChildren }) {
  const words = useWords();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  return (
    <dialog ref={box} aria-label={title} onCancel={cancel}>
      <div class="dialog-head">
        <h2>{title}</h2>
        {onClose && (
          <button type="button" class="quiet" onClick={onClose}>
            {words.close}
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}

export function ShortcutList({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const rows: [string[], string][] = [
    ...goKeys.map(([key, page]): [string[], string] => [['g', key], `${words.shortcuts.go} ${words.pages[page]}`]),
    [['[', ']'], words.shortcuts.brackets],
    [['←', '↑', '↓', '→'], words.shortcuts.arrows],
    [['Enter'], words.shortcuts.enter],
    [['Ctrl', 'Enter'], words.shortcuts.runQuery],
    [['?'], words.shortcuts.help],
    [['Esc'], words.shortcuts.escape],
  ];
  return (
    <Dialog title={words.shortcuts.title} onClose={onClose}>
      <dl class="keys">
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

export function useHelp(): [boolean, () => void, () => void] {
  const [open, setOpen] = useState(false);
  const show = useRef(() => setOpen(true));
  const hide = useRef(() => setOpen(false));
  return [open, show.current, hide.current];
}
