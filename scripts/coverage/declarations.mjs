// Knows what the built packages export, and the members of their types, by reading their declaration files.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDeclarations } from './declaration-parser.mjs';

/** Declaration files of one package, read on demand. */
export class Declarations {
  #modules = new Map();

  /** @param {string} file - Path of a `.d.ts` file. */
  module(file) {
    let module = this.#modules.get(file);
    if (module === undefined) {
      try {
        module = parseDeclarations(readFileSync(file, 'utf8'));
      } catch (error) {
        throw new Error(`cannot read the declarations in ${file}`, { cause: error });
      }
      this.#modules.set(file, module);
    }
    return module;
  }

  /** Names that a module exports. */
  exportedNames(file) {
    const module = this.module(file);
    const names = new Set(module.exports.keys());
    for (const star of module.stars)
      for (const name of this.exportedNames(fileOf(file, star))) names.add(name);
    return names;
  }

  /**
   * What an exported name stands for: `{file, type?, value?, isType?}`, with the file that declares it; undefined if nothing.
   * `isType`: its value is not exported.
   */
  exported(file, name) {
    const module = this.module(file);
    const target = module.exports.get(name);
    if (target === undefined) {
      for (const star of module.stars) {
        const found = this.exported(fileOf(file, star), name);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const found =
      target.from === undefined
        ? this.local(file, target.name)
        : isOurs(target.from)
          ? this.exported(fileOf(file, target.from), target.name)
          : undefined;
    return found && target.isType ? { ...found, isType: true } : found;
  }

  /** What a name stands for inside a module. */
  local(file, name) {
    const module = this.module(file);
    const imported = module.imports.get(name);
    if (imported !== undefined) {
      return isOurs(imported.from) ? this.exported(fileOf(file, imported.from), imported.name) : undefined;
    }
    const type = module.types.get(name);
    const value = module.values.get(name);
    return type === undefined && value === undefined ? undefined : { file, type, value };
  }

  /** Members of an exported type or value: Map of name → {optional, type, file}; undefined when it has none. */
  membersOf(file, name) {
    const found = this.exported(file, name);
    if (found === undefined) return undefined;
    const ofType = found.type && this.members(found.type.type, found.file, new Map());
    const ofValue = found.value && this.members(found.value.type, found.file, new Map());
    if (ofType === undefined) return ofValue;
    return new Map([...(ofValue ?? []), ...ofType]);
  }

  /** Members of a type that stands in `file`; undefined when it is not an object's. */
  members(type, file, bound) {
    const resolved = this.resolve(type, file, bound);
    if (resolved === undefined) return undefined;
    const { type: form, file: home, bound: scope } = resolved;
    switch (form.kind) {
      case 'object':
        return mapMembers(form.members, (member) => ({ ...member, file: home, bound: scope }));
      case 'intersection': {
        const parts = form.types
          .map((part) => this.members(part, home, scope))
          .filter((part) => part !== undefined);
        return parts.length === 0 ? undefined : merge(parts);
      }
      case 'union': {
        const parts = form.types
          .map((part) => this.members(part, home, scope))
          .filter((part) => part !== undefined);
        return parts.length === 0 ? undefined : merge(parts);
      }
      case 'mapped': {
        const keys = this.#literals(form.keys, home, scope);
        return new Map(
          [...keys].map((key) => [
            key,
            { optional: form.optional, type: form.type, file: home, bound: scope },
          ]),
        );
      }
      case 'ref':
        return this.#utility(form, home, scope);
      default:
        return undefined;
    }
  }

  /** Follows names to the form of a type; a built-in name stays a `ref`. */
  resolve(type, file, bound, depth = 0) {
    if (depth > 50) throw new Error('a type refers to itself without end');
    if (type.kind === 'ref') {
      const argument = bound.get(type.name);
      if (argument !== undefined)
        return this.resolve(argument.type, argument.file, argument.bound, depth + 1);
      const found = this.local(file, type.name);
      if (found?.type === undefined) return { type, file, bound };
      const scope = new Map(
        found.type.parameters.map((parameter, index) => [
          parameter,
          { type: type.args[index] ?? { kind: 'opaque' }, file, bound },
        ]),
      );
      return this.resolve(found.type.type, found.file, scope, depth + 1);
    }
    if (type.kind === 'typeof' || type.kind === 'valueof') {
      const found = this.local(file, type.name);
      if (found?.value === undefined) return { type, file, bound };
      if (type.kind === 'typeof') return this.resolve(found.value.type, found.file, new Map(), depth + 1);
      const members = this.members(found.value.type, found.file, new Map());
      return {
        type: { kind: 'union', types: [...(members?.values() ?? [])].map((member) => member.type) },
        file: found.file,
        bound: new Map(),
      };
    }
    return { type, file, bound };
  }

  #utility({ name, args }, file, bound) {
    const inner = args[0] && this.members(args[0], file, bound);
    if (inner === undefined) return undefined;
    const keys = args[1] === undefined ? new Set() : this.#literals(args[1], file, bound);
    switch (name) {
      case 'Partial':
        return mapMembers(inner, (member) => ({ ...member, optional: true }));
      case 'Required':
        return mapMembers(inner, (member) => ({ ...member, optional: false }));
      case 'Readonly':
        return inner;
      case 'Omit':
        return new Map([...inner].filter(([key]) => !keys.has(key)));
      case 'Pick':
        return new Map([...inner].filter(([key]) => keys.has(key)));
      default:
        return undefined;
    }
  }

  /** The literal values of a type. */
  #literals(type, file, bound) {
    const { type: form, file: home, bound: scope } = this.resolve(type, file, bound);
    if (form.kind === 'keyof') return new Set(this.members(form.type, home, scope)?.keys());
    const types = form.kind === 'union' ? form.types : [form];
    return new Set(types.filter((part) => part.kind === 'literal').map((part) => part.value));
  }
}

function isOurs(specifier) {
  return specifier.startsWith('.');
}

function fileOf(file, specifier) {
  return resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
}

function mapMembers(members, change) {
  return new Map([...members].map(([name, member]) => [name, change(member)]));
}

/** Members of all parts; of two with one name the later part's, which for an interface is its own. */
function merge(parts) {
  return new Map(parts.flatMap((part) => [...part]));
}
