export {
  type DiagnosticsChannel,
  type DiagnosticsMessages,
  type DiagnosticsName,
  diagnosticsChannel,
} from './channels.js';
export {
  type ConsoleLoggerOptions,
  consoleLogger,
  LOG_LEVELS,
  type LogLevel,
  type LogStream,
} from './console-logger.js';
export { type LogFields, type Logger, type PinoLike, silentLogger, toLogger } from './logger.js';
export { redactingLogger, Secrets } from './redact.js';
