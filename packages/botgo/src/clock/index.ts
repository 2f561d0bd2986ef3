export type { Cancel, Clock } from './clock.js';
export { type ManualClock, manualClock } from './manual-clock.js';
export { systemClock } from './system-clock.js';
