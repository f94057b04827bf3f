import { type RefObject, useEffect, useRef, useState } from 'react';

/** Whether an element has come into sight: what is never looked at is never asked for. */
export function useInSight<T extends Element>(): [ref: RefObject<T | null>, isInSight: boolean] {
  const ref = useRef<T>(null);
  const [isInSight, setInSight] = useState(false);
  useEffect(() => {
    if (ref.current === null) return;
    const watch = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setInSight(true);
      },
      { rootMargin: '400px' },
    );
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return [ref, isInSight];
}
