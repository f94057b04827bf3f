/** What to do where there is no experiment yet. */
export function FirstExperiment() {
  return (
    <section className="panel answer">
      <h2>No experiment yet</h2>
      <p className="verdict">Nobody knows yet what works here.</p>
      <p>
        Whether an offer, a message or a model pays is found out by giving it to some shoppers and not to others, by chance. Write
        the first one into a file and start it; this page then says how it stands.
      </p>
      <pre>
        <code>{`# first.yaml
experiment_id: free-delivery
variants: [control, {name: free-delivery, treatment: {kind: offer, id: free-delivery}}]
holdout: {name: global, share: 0.05}`}</code>
      </pre>
      <pre>
        <code>{`tillcast experiment create --config first.yaml --why "does free delivery pay?"
tillcast experiment start free-delivery
tillcast experiment power --base 0.03 --lift 0.15 --per-day 3000   # how long it will take`}</code>
      </pre>
      <p className="note">
        Over HTTP: <code>POST /v1/experiments</code>, then <code>POST /v1/experiments/free-delivery/start</code>, with the token
        of an operator.
      </p>
    </section>
  );
}
