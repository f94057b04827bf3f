/** Something was asked for and is not there yet. */
export function Waiting({ what }: { what: string }) {
  return (
    <p className="empty" role="status">
      Asking the server for {what} …
    </p>
  );
}
