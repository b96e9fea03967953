import type { Icon } from './icon';

/** One line of a menu; `'line'` divides groups. */
export type MenuItem =
  | 'line'
  | {
      label: string;
      icon?: Icon;
      onselect: () => void;
      danger?: boolean;
      disabled?: boolean;
      /** Given, the line is a choice that is or is not made. */
      checked?: boolean;
    };
