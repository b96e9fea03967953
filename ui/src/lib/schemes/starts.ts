import type { State } from '$lib/ipc';
import { m } from '$lib/shared';

/** Words for five states to begin with. */
export interface Start {
  id: string;
  name: string;
  texts: [State, string][];
}

/** In the window's language: call inside a derived. */
export function starts(): Start[] {
  return [
    {
      id: 'warm',
      name: m.schemes_start_warm(),
      texts: [
        ['online', m.schemes_start_warm_online()],
        ['away', m.schemes_start_warm_away()],
        ['busy', m.schemes_start_warm_busy()],
        ['eating', m.schemes_start_warm_eating()],
        ['offline', m.schemes_start_warm_offline()],
      ],
    },
    {
      id: 'plain',
      name: m.schemes_start_plain(),
      texts: [
        ['online', m.schemes_start_plain_online()],
        ['away', m.schemes_start_plain_away()],
        ['busy', m.schemes_start_plain_busy()],
        ['meeting', m.schemes_start_plain_meeting()],
        ['offline', m.schemes_start_plain_offline()],
      ],
    },
    {
      id: 'dreamy',
      name: m.schemes_start_dreamy(),
      texts: [
        ['online', m.schemes_start_dreamy_online()],
        ['away', m.schemes_start_dreamy_away()],
        ['eating', m.schemes_start_dreamy_eating()],
        ['daydreaming', m.schemes_start_dreamy_daydreaming()],
        ['offline', m.schemes_start_dreamy_offline()],
      ],
    },
  ];
}
