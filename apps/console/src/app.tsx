import { useEffect } from 'react';
import { signIn, useToken } from './access.ts';
import { ExperimentsPage } from './experiments/experiments-page.tsx';
import { MoneyPage } from './money/money-page.tsx';
import { type Place, pages, usePlace } from './route.ts';
import { SegmentsPage } from './segments/segments-page.tsx';
import { ShoppersPage } from './shoppers/shoppers-page.tsx';
import { Tabs } from './tabs.tsx';

/** The console: a head with tabs, and the page that the address names. */
export function App() {
  const place = usePlace();
  const token = useToken();
  const { title, about } = pages.find(({ page }) => page === place.page)!;
  useEffect(() => {
    document.title = `Tillcast · ${title}`;
  }, [title]);
  return (
    <div className="page">
      <header className="top">
        <img src="/favicon.svg" alt="" />
        <div className="title">
          <h1>Tillcast</h1>
          <div className="sub">{about}</div>
        </div>
        <Tabs page={place.page} />
        <div className="right">
          <a href="/docs">Try the API</a>
          <a href="/metrics">Metrics</a>
          {token === undefined ? null : (
            <button type="button" className="plain" onClick={() => signIn(undefined)}>
              Sign out
            </button>
          )}
        </div>
      </header>
      <PageAt place={place} />
    </div>
  );
}

function PageAt({ place: { page, of } }: { place: Place }) {
  switch (page) {
    case 'shoppers':
      return <ShoppersPage />;
    case 'experiments':
      return <ExperimentsPage chosen={of} />;
    case 'segments':
      return <SegmentsPage />;
    case 'money':
      return <MoneyPage />;
  }
}
