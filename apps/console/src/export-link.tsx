import { type MouseEvent, useState } from 'react';
import { useToken } from './access.ts';
import { ask, type Trouble } from './ask.ts';

/** Hands a file to the reader as the browser's own links do, where the question must carry a token. */
function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const said = ({ status, detail }: Trouble): string =>
  status === 403 ? 'To export takes a token of the role operator: ask whoever runs Tillcast.' : detail;

/** A link to a file that the server makes; says why where it does not. */
export function ExportLink({ href, name, label, text }: { href: string; name: string; label: string; text: string }) {
  const token = useToken();
  const [problem, setProblem] = useState<string>();
  const fetchIt = async (event: MouseEvent) => {
    if (token === undefined) return;
    event.preventDefault();
    const asked = await ask(href, 'text/csv, application/json');
    if ('trouble' in asked) return setProblem(said(asked.trouble));
    setProblem(undefined);
    save(await asked.response.blob(), name);
  };
  return (
    <>
      <a href={href} download={name} aria-label={label} onClick={(event) => void fetchIt(event)}>
        {text}
      </a>
      {problem === undefined ? null : (
        <small className="alarm" role="alert">
          {problem}
        </small>
      )}
    </>
  );
}
