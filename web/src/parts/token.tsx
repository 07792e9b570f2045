// Asked for where the server listens beyond loopback. The token goes once, in a header, and is
// forgotten here: the server answers with a cookie that no script can read.
import { useState } from 'preact/hooks';
import { ApiProblem, signIn } from '../client';
import { useWords } from '../words';
import { Dialog } from './shortcuts';

export function TokenPrompt() {
  const words = useWords();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState('');
  const send = async (event: Event) => {
    event.preventDefault();
    setProblem('');
    try {
      await signIn(token.trim());
    } catch (thrown) {
      const wrong = thrown instanceof ApiProblem && thrown.status === 401;
      setProblem(wrong ? words.token.wrong : thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  return (
    <Dialog title={words.token.title}>
      <form onSubmit={(event) => void send(event)}>
        <p>{words.token.text}</p>
        <label class="field">
          <span>{words.token.label}</span>
          <input
            type="password" autocomplete="current-password" required value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {problem && (
          <p class="mark fail" role="alert">
            <span aria-hidden="true">✕</span> {problem}
          </p>
        )}
        <button type="submit" class="primary">
          {words.token.send}
        </button>
      </form>
    </Dialog>
  );
}
