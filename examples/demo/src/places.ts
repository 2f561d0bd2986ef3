import type { Scene } from '@botgo/simulator';

/** Somewhere in the simulator's own world where somebody can talk to the bot. */
export interface Place {
  readonly scene: Scene;
  readonly target: string;
  readonly name: string;
}

/** All four scenes; the two guilds fall on different shards of two. */
export const PLACES: readonly Place[] = [
  { scene: 'channel', target: '7000101', name: 'channel #general of Garden' },
  { scene: 'channel', target: '7000201', name: 'channel #general of Forest' },
  { scene: 'dm', target: '1152921504606850000', name: 'DM with pine' },
  { scene: 'group', target: '5566778899AABBCCDDEEFF0011223344', name: 'group Tea round' },
  { scene: 'c2c', target: '0A1B2C3D4E5F60718293A4B5C6D7E8F9', name: 'chat with pine' },
];

/** What the place is called; ids are for machines. */
export function placeName(scene: Scene, target: string): string {
  return (
    PLACES.find((place) => place.scene === scene && place.target === target)?.name ?? `${scene} ${target}`
  );
}
