// What time it is for the server. A real clock goes on between two of its messages; a simulated one,
// which is far from ours, stands where it was told to stand.
import { useEffect, useState } from 'preact/hooks';
import { heardAt, status } from '../live';

const day_ms = 86_400_000;

export function serverNow(): number | null {
  const told = status.get();
  if (told === null) return null;
  const then = Date.parse(told.now);
  return Math.abs(then - heardAt.get()) < day_ms ? then + (Date.now() - heardAt.get()) : then;
}

export function useServerNow(): number | null {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const take = () => setNow(serverNow());
    take();
    const timer = setInterval(take, 1000);
    const stop = status.subscribe(take);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  return now;
}
