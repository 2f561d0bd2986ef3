export {
  type AccessArguments,
  type CommonArguments,
  readAccessArguments,
  readWorkerArguments,
  type WorkerArguments,
} from './arguments.js';
export { type Health, type HealthOptions, type HealthServer, serveHealth } from './health.js';
export {
  type Opened,
  openClaims,
  openCoordinator,
  openPublisher,
  openReplies,
  openSource,
  type Places,
  type SourcePlaces,
} from './open.js';
export { type ProgramContext, type RunningProgram, startAccess } from './start-access.js';
export { startWorker } from './start-worker.js';
