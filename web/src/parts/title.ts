import { useEffect } from 'preact/hooks';

export function useTitle(...parts: string[]): void {
  const title = [...parts, 'opt-data'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
