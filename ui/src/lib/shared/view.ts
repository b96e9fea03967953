import type { Attachment } from 'svelte/attachments';

/** How far outside the visible part something counts as in view. */
const NEAR_PX = 120;

/** Tells when an element comes into view and leaves it. */
export function inView(changed: (is: boolean) => void): Attachment {
  return (element) => {
    const observer = new IntersectionObserver((entries) => changed(entries.at(-1)?.isIntersecting === true), { rootMargin: `${String(NEAR_PX)}px 0px` });
    observer.observe(element);
    return () => observer.disconnect();
  };
}
