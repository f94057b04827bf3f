import { type Place, pages } from './route.ts';

/** The pages as links; each has an address of its own. */
export function Tabs({ page: here }: { page: Place['page'] }) {
  return (
    <nav className="tabs" aria-label="Pages">
      {pages.map(({ page, address, title }) => (
        <a key={page} href={address} aria-current={page === here ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
