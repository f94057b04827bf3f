import { type FormEvent, useState } from 'react';
import { signIn, useToken } from './access.ts';

/** Asks for a token; it is kept until the tab is closed. */
export function SignIn({ detail }: { detail: string }) {
  const [typed, setTyped] = useState('');
  const wasRefused = useToken() !== undefined;
  const take = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== '') signIn(typed.trim());
  };
  return (
    <div className="notice" role={wasRefused ? 'alert' : undefined}>
      <h2>{wasRefused ? 'This token is not accepted' : 'This server asks who you are'}</h2>
      <p>
        {wasRefused ? `${detail}. Tokens are good for an hour: ask for a new one. ` : ''}Paste a token. Whoever runs Tillcast
        makes one with <code>tillcast token --role viewer</code>; it is kept until you close this tab.
      </p>
      <form className="ask" onSubmit={take}>
        <label>
          Token
          <input type="password" autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </label>
        <button type="submit">Sign in</button>
      </form>
    </div>
  );
}
