import type { Contact, Me } from '$lib/ipc';

/** Of whom a card is, a contact or the owner. */
export type Who = Pick<Me, 'person' | 'name' | 'presence' | 'look' | 'persona'> & Partial<Pick<Contact, 'own_name' | 'verified' | 'blocked'>>;
