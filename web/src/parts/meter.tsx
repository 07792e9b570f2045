// How much of a limit is in use: a bar and the two numbers.
import { count } from '../format';

export function Meter({ label, value, limit, unit, note }: { label: string; value: number; limit: number; unit: string; note: string }) {
  const full = limit > 0 ? Math.min(1, value / limit) : 0;
  const text = `${count(value)} / ${count(limit)} ${unit}`;
  return (
    <div class="meter">
      <span class="meter-label">
        {label} <span class="faint">{note}</span>
      </span>
      <span class="meter-value">{text}</span>
      <span
        class="meter-track" role="meter" aria-label={`${label}, ${note}`} aria-valuemin={0}
        aria-valuemax={limit} aria-valuenow={value} aria-valuetext={text}
      >
        <span style={{ width: `${full * 100}%` }} />
      </span>
    </div>
  );
}

export interface Piece {
  name: string;
  value: number;
  tone: string;
}

// Parts of a whole: the bar for the eye, the list for everybody.
export function Parts({ pieces, unit, percent }: { pieces: Piece[]; unit: string; percent: (share: number) => string }) {
  const whole = pieces.reduce((sum, piece) => sum + piece.value, 0);
  const shown = pieces.filter((piece) => piece.value > 0);
  return (
    <div class="parts">
      <div class="parts-bar" aria-hidden="true">
        {shown.map((piece) => (
          <span key={piece.name} class={piece.tone} style={{ flexGrow: piece.value }} />
        ))}
      </div>
      <ul class="parts-list">
        {shown.map((piece) => (
          <li key={piece.name}>
            <span class={'swatch ' + piece.tone} aria-hidden="true" />
            <span class="parts-name">{piece.name}</span>
            <span class="n">
              {count(piece.value)} {unit}
            </span>
            <span class="n faint">{percent(whole > 0 ? piece.value / whole : 0)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
