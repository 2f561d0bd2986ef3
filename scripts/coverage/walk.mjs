// Walks a JSON value along its declared type and notes which fields of which types it has.

/** Text that is itself JSON of another type. */
const embedded = { ForumText: 'RichText' };

export class Walk {
  /** `Type.field` of everything that was seen. */
  seen = new Set();
  #declarations;
  #file;

  /** @param {string} file - Where the names of {@link embedded} types are looked up: `dto/index.d.ts`. */
  constructor(declarations, file) {
    this.#declarations = declarations;
    this.#file = file;
  }

  /**
   * @param {unknown} value
   * @param {{type: object, file: string, bound: Map}} typed
   * @returns {string[]} Where the value does not have the form of its type.
   */
  follow(value, typed, path = '$') {
    const problems = [];
    this.#follow(value, this.#open(typed), path, problems);
    return problems;
  }

  /** Resolves a type and remembers the names it went by. */
  #open({ type, file, bound }, names = new Set()) {
    let typed = { type, file, bound };
    while (typed.type.kind === 'ref') {
      const argument = typed.bound.get(typed.type.name);
      if (argument !== undefined) {
        typed = argument;
        continue;
      }
      const found = this.#declarations.local(typed.file, typed.type.name);
      names.add(typed.type.name);
      if (found?.type === undefined) break;
      const scope = new Map();
      for (const [index, parameter] of found.type.parameters.entries()) {
        scope.set(parameter, {
          type: typed.type.args[index] ?? { kind: 'opaque' },
          file: typed.file,
          bound: typed.bound,
        });
      }
      typed = { type: found.type.type, file: found.file, bound: scope };
    }
    return { ...typed, names };
  }

  #follow(value, typed, path, problems) {
    const { type, file, bound, names } = typed;
    const textOf = [...names].map((name) => embedded[name]).find((name) => name !== undefined);
    if (textOf !== undefined && typeof value === 'string') return this.#embedded(value, textOf, path);
    if (type.kind === 'union') return this.#union(value, typed, path, problems);
    if (Array.isArray(value)) {
      if (type.kind !== 'array') return this.#expect(type, names, 'array', path, problems);
      for (const [index, item] of value.entries()) {
        this.#follow(item, this.#open({ type: type.element, file, bound }), `${path}[${index}]`, problems);
      }
      return;
    }
    if (typeof value === 'object' && value !== null) return this.#object(value, typed, path, problems);
    this.#expect(type, names, value === null ? 'null' : typeof value, path, problems);
  }

  #embedded(text, name, path) {
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      return; // Plain text is as good.
    }
    const found = this.#declarations.exported(this.#file, name);
    if (typeof value !== 'object' || value === null || found?.type === undefined) return;
    const typed = { type: found.type.type, file: found.file, bound: new Map() };
    this.#follow(value, this.#open(typed, new Set([name])), path, []);
  }

  /** The part that has most of the value's fields and lacks none of its own. */
  #union(value, { type, file, bound, names }, path, problems) {
    const tried = type.types.map((part) => {
      const found = [];
      const probe = new Walk(this.#declarations, this.#file);
      probe.#follow(value, probe.#open({ type: part, file, bound }, new Set(names)), path, found);
      return { part, found, seen: probe.seen };
    });
    tried.sort((a, b) => a.found.length - b.found.length || b.seen.size - a.seen.size);
    const [best] = tried;
    for (const field of best.seen) this.seen.add(field);
    problems.push(...best.found);
  }

  #object(value, { type, file, bound, names }, path, problems) {
    const members = this.#declarations.members(type, file, bound);
    if (members === undefined) return this.#expect(type, names, 'object', path, problems);
    for (const base of this.#bases(type, file)) names.add(base);
    for (const [name, member] of members) {
      const field = value[name];
      if (field === undefined) {
        if (!member.optional && member.type.kind !== 'function') problems.push(`${path}.${name} is missing`);
        continue;
      }
      for (const owner of names) this.seen.add(`${owner}.${name}`);
      this.#follow(field, this.#open(member), `${path}.${name}`, problems);
    }
  }

  /** Names of the types that a type is put together from. */
  #bases(type, file) {
    const names = new Set();
    const visit = (part, home) => {
      if (part.kind === 'intersection') for (const inner of part.types) visit(inner, home);
      if (part.kind !== 'ref') return;
      names.add(part.name);
      for (const argument of part.args) visit(argument, home);
      const found = this.#declarations.local(home, part.name);
      if (found?.type !== undefined) visit(found.type.type, found.file);
    };
    visit(type, file);
    return names;
  }

  #expect(type, names, kind, path, problems) {
    if (type.kind === 'opaque' || type.kind === 'mapped') return;
    const wanted =
      type.kind === 'literal'
        ? typeof type.value
        : type.kind === 'ref'
          ? primitiveOf(type.name)
          : kindOf(type);
    if (wanted !== undefined && wanted !== kind)
      problems.push(`${path} is ${kind}, not ${[...names][0] ?? wanted}`);
  }
}

function primitiveOf(name) {
  return { string: 'string', number: 'number', boolean: 'boolean', Record: 'object' }[name];
}

function kindOf(type) {
  if (type.kind === 'array') return 'array';
  if (type.kind === 'object') return 'object';
  // `string & {}` and the like: the first part says it.
  if (type.kind === 'intersection')
    return type.types[0].kind === 'ref' ? primitiveOf(type.types[0].name) : 'object';
  return undefined;
}
