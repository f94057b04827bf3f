/** What to do before the first stock. */
export function NoStock() {
  return (
    <section className="panel answer">
      <h2>Segments</h2>
      <p className="verdict">No stock was taken yet.</p>
      <p>
        Tillcast counts who is where once a night, at 03:00 of the shop’s time: who is new, who comes back, who is about to be
        lost, and who is likely to buy. Do it now with
      </p>
      <pre>
        <code>tillcast segments take</code>
      </pre>
      <p className="note">
        A shop without events has nobody to count: import some first (<code>tillcast import events.csv --source rees46</code>), or
        send them to <code>POST /v1/events</code>.
      </p>
    </section>
  );
}
