// Which language the page speaks: what was chosen, or else what the browser asks for.
import { createStore, remember, remembered, useStore } from '../store';
import { en, type Words } from './en';
import { zh } from './zh';

export type { Words };
export type Language = 'en' | 'zh';

function first(): Language {
  const kept = remembered('language');
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const language = createStore<Language>(first());

export function startLanguage(): void {
  const apply = () => document.documentElement.setAttribute('lang', language.get() === 'zh' ? 'zh-CN' : 'en');
  apply();
  language.subscribe(apply);
}

export function chooseLanguage(next: Language): void {
  remember('language', next);
  language.set(next);
}

export function useWords(): Words {
  return useStore(language) === 'zh' ? zh : en;
}

// "timeout 2, missing_price 137" as a person says it; a cause we do not know stays as it is stored.
export function causeText(words: Words, cause: string): string {
  if (cause === '') return '';
  return cause
    .split(', ')
    .map((part) => {
      const found = /^(.*?)(?: (\d+))?$/.exec(part);
      const word = found?.[1] ?? part;
      const known = words.causes[word];
      if (known === undefined) return part;
      return found?.[2] === undefined ? known : `${known} (${found[2]})`;
    })
    .join(', ');
}

// "qa:slot_coverage_min", "logs:errors>0"
export function reasonText(words: Words, reason: string): string {
  const gate = /^qa:(.+)$/.exec(reason)?.[1];
  if (gate === 'not_measured') return words.reason.notMeasured;
  const term = gate === undefined ? undefined : words.gates[gate];
  if (term !== undefined) return words.reason.gate(term.breach);
  const log = /^logs:(errors|warnings)>(\d+)$/.exec(reason);
  if (log?.[1] !== undefined && log[2] !== undefined)
    return log[1] === 'errors' ? words.reason.errors(log[2]) : words.reason.warnings(log[2]);
  return reason;
}
