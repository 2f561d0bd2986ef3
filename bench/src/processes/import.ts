// Imports modules in a process of its own and tells what that cost: `import.js NAME...`.
const names = process.argv.slice(2);
const before = process.cpuUsage();
for (const name of names) await import(name);
const { user, system } = process.cpuUsage(before);
process.send?.({ cpuMs: (user + system) / 1_000, loaded: names.length });
process.on('disconnect', () => process.exit());
