import type { Trouble as Told } from './ask.ts';
import { SignIn } from './sign-in.tsx';

/** Why something cannot be shown, and what to do next; `hasOld` = what was known before still stands below. */
export function Trouble({ trouble: { status, detail }, hasOld = false }: { trouble: Told; hasOld?: boolean }) {
  if (status === 401) return <SignIn detail={detail} />;
  if (status === 403)
    return (
      <div className="notice" role="alert">
        <h2>You may not see this</h2>
        <p>
          The server knows you, and does not let you in here ({detail}). Ask whoever runs Tillcast for a token of a higher role:
          to read, <code>tillcast token --role viewer</code> is enough; to export segments it takes <code>--role operator</code>.
        </p>
      </div>
    );
  if (status === 0)
    return (
      <div className="notice" role="alert">
        <h2>The server does not answer</h2>
        <p>
          {hasOld ? 'What you see is what it said last. ' : ''}This page asks again by itself. If it stays so, ask whoever runs
          Tillcast whether <code>tillcast serve</code> is up.
        </p>
      </div>
    );
  if (status === 400)
    return (
      <div className="notice" role="alert">
        <h2>This cannot be asked</h2>
        <p>Change what was filled in. The server says: {detail}.</p>
      </div>
    );
  return (
    <div className="notice" role="alert">
      <h2>The server could not answer</h2>
      <p>
        It says: {detail}. {hasOld ? 'What you see is what it said last. ' : ''}This page asks again by itself.
      </p>
    </div>
  );
}
