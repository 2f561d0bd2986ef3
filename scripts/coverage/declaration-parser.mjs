// Reads one declaration file (.d.ts) as the compiler writes it. TypeScript 7 has no JavaScript API, and coverage needs
// only names, members and the coarse form of their types: a type it has no need to understand becomes `opaque`.
//
// Types: {kind: 'ref', name, args} · {kind: 'object', members} · {kind: 'union' | 'intersection', types} ·
// {kind: 'array', element} · {kind: 'literal', value} · {kind: 'typeof' | 'valueof', name} · {kind: 'keyof', type} ·
// {kind: 'mapped', keys, optional, type} · {kind: 'function', parameters, result} · {kind: 'opaque'};
// `valueof` is `(typeof name)[…]`.
// Members: Map of name → {optional, type}.

const tokenPattern =
  /\s+|\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?<number>\d[\d_]*(?:\.\d+)?n?)|(?<name>[#@]?[\p{L}_$][\p{L}\p{N}_$]*)|(?<mark>=>|\.\.\.|[{}()[\]<>,;:?|&=.+\-*!~^%/])/uy;

function tokenize(text) {
  const tokens = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const from = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (match === null) throw new SyntaxError(`unexpected text at ${from}: ${text.slice(from, from + 40)}`);
    const { string, number, name, mark } = match.groups;
    if (string !== undefined) tokens.push({ kind: 'string', text: string, value: string.slice(1, -1) });
    else if (number !== undefined)
      tokens.push({ kind: 'number', text: number, value: Number.parseFloat(number) });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
  }
  return tokens;
}

const opaque = Object.freeze({ kind: 'opaque' });
const callable = Object.freeze({ kind: 'function', parameters: [], result: opaque });
const closing = { '{': '}', '(': ')', '[': ']', '<': '>' };
const modifiers = new Set([
  'readonly',
  'static',
  'private',
  'protected',
  'public',
  'abstract',
  'declare',
  'override',
  'accessor',
]);

class Parser {
  #tokens;
  #at = 0;

  constructor(text) {
    this.#tokens = tokenize(text);
  }

  get done() {
    return this.#at >= this.#tokens.length;
  }

  /** Text of the token `ahead` of the next one. */
  peek(ahead = 0) {
    return this.#tokens[this.#at + ahead]?.text;
  }

  next() {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new SyntaxError('unexpected end of declarations');
    this.#at++;
    return token;
  }

  accept(text) {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  expect(text) {
    const token = this.next();
    if (token.text !== text) throw new SyntaxError(`expected ${text}, found ${token.text}`);
  }

  /** Skips a bracketed group; the next token opens it. */
  skipGroup() {
    const close = closing[this.peek()];
    if (close === undefined) throw new SyntaxError(`expected a group, found ${this.peek()}`);
    this.next();
    while (this.peek() !== close) {
      if (closing[this.peek()] !== undefined) this.skipGroup();
      else this.next();
    }
    this.next();
  }

  /** Skips to after the next semicolon that is in no group. */
  skipStatement() {
    while (!this.done && this.peek() !== ';') {
      if (closing[this.peek()] !== undefined) this.skipGroup();
      else this.next();
    }
    this.accept(';');
  }

  parseType() {
    this.accept('|');
    const types = [this.#intersection()];
    while (this.accept('|')) types.push(this.#intersection());
    const type = types.length === 1 ? types[0] : { kind: 'union', types };
    if (this.peek() !== 'extends') return type;
    // A conditional type: nothing here is built on one.
    this.next();
    this.parseType();
    this.expect('?');
    this.parseType();
    this.expect(':');
    this.parseType();
    return opaque;
  }

  #intersection() {
    this.accept('&');
    const types = [this.#postfix()];
    while (this.accept('&')) types.push(this.#postfix());
    return types.length === 1 ? types[0] : { kind: 'intersection', types };
  }

  #postfix() {
    let type = this.#primary();
    while (this.peek() === '[') {
      this.next();
      if (this.accept(']')) {
        type = { kind: 'array', element: type };
      } else {
        this.parseType();
        this.expect(']');
        type = type.kind === 'typeof' ? { kind: 'valueof', name: type.name } : opaque;
      }
    }
    return type;
  }

  #primary() {
    const text = this.peek();
    if (text === '{') return this.#objectType();
    if (text === '<' || (text === '(' && this.#isFunction())) return this.#functionType();
    if (text === '(') {
      this.next();
      const type = this.parseType();
      this.expect(')');
      return type;
    }
    if (text === '[') {
      this.skipGroup();
      return { kind: 'array', element: opaque };
    }
    const token = this.next();
    if (token.kind === 'string') return { kind: 'literal', value: token.value };
    if (token.kind === 'number') return { kind: 'literal', value: token.value };
    if (token.text === '-') return { kind: 'literal', value: -this.next().value };
    if (token.kind !== 'name') throw new SyntaxError(`expected a type, found ${token.text}`);
    return this.#named(token.text);
  }

  #named(word) {
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
    if (word === 'readonly') return this.#postfix();
    if (word === 'keyof') return { kind: 'keyof', type: this.#postfix() };
    if (word === 'unique' || word === 'infer') {
      this.#postfix();
      return opaque;
    }
    if (word === 'new' || (word === 'abstract' && this.peek() === 'new')) return this.#functionType();
    if (word === 'asserts' || (this.peek() === 'is' && this.peek(1) !== ';')) {
      if (word !== 'asserts') this.next();
      this.parseType();
      return opaque;
    }
    if (word === 'typeof' || word === 'import') {
      const names = [];
      if (this.peek() === '(') this.skipGroup();
      else names.push(this.next().text);
      while (this.accept('.')) names.push(this.next().text);
      if (this.peek() === '<') this.skipGroup();
      return word === 'typeof' ? { kind: 'typeof', name: names.join('.') } : opaque;
    }
    let name = word;
    while (this.accept('.')) name += `.${this.next().text}`;
    return { kind: 'ref', name, args: this.#typeArguments() };
  }

  #typeArguments() {
    const args = [];
    if (!this.accept('<')) return args;
    do args.push(this.parseType());
    while (this.accept(','));
    this.expect('>');
    return args;
  }

  /** Whether a `(` opens the parameters of a function type: an arrow follows its end. */
  #isFunction() {
    const from = this.#at;
    this.skipGroup();
    const isFunction = this.peek() === '=>';
    this.#at = from;
    return isFunction;
  }

  #functionType() {
    while (this.peek() === 'new' || this.peek() === 'abstract') this.next();
    this.parseTypeParameters();
    const parameters = this.#parameters();
    this.expect('=>');
    return { kind: 'function', parameters, result: this.parseType() };
  }

  /** The parameters of a function: `{name, optional, type}` each. */
  #parameters() {
    const parameters = [];
    this.expect('(');
    while (!this.accept(')')) {
      this.accept('...');
      let name = '';
      if (this.peek() === '{' || this.peek() === '[') this.skipGroup();
      else name = this.next().text;
      const optional = this.accept('?');
      parameters.push({ name, optional, type: this.accept(':') ? this.parseType() : opaque });
      this.accept(',');
    }
    return parameters;
  }

  #objectType() {
    if (this.#isMapped()) return this.#mapped();
    return { kind: 'object', members: this.parseMembers() };
  }

  #isMapped() {
    const ahead = [1, 2].find((n) => this.peek(n) === '[');
    if (ahead === undefined || (ahead === 2 && this.peek(1) !== 'readonly')) return false;
    return this.peek(ahead + 2) === 'in';
  }

  #mapped() {
    this.next();
    while (this.peek() !== '[') this.next();
    this.next();
    const parameter = this.next().text;
    this.expect('in');
    const keys = this.parseType();
    if (this.accept('as')) this.parseType();
    this.expect(']');
    if (this.peek() === '-' || this.peek() === '+') this.next();
    const optional = this.accept('?');
    const type = this.accept(':') ? this.parseType() : opaque;
    this.accept(';');
    this.expect('}');
    return { kind: 'mapped', parameter, keys, optional, type };
  }

  parseMembers() {
    const members = new Map();
    this.expect('{');
    while (!this.accept('}')) {
      const member = this.#member();
      if (member !== undefined) members.set(member.name, { optional: member.optional, type: member.type });
      if (!this.accept(';')) this.accept(',');
    }
    return members;
  }

  #member() {
    let hidden = false;
    while (modifiers.has(this.peek()) && !this.#endsName(1)) {
      if (this.peek() === 'private' || this.peek() === 'protected') hidden = true;
      this.next();
    }
    if ((this.peek() === 'get' || this.peek() === 'set') && !this.#endsName(1)) this.next();
    if (this.peek() === '(' || this.peek() === '<' || this.peek() === 'new') {
      this.#signature();
      return undefined;
    }
    const name = this.#memberName();
    const optional = this.accept('?');
    let type = opaque;
    if (this.peek() === '(' || this.peek() === '<') {
      type = this.#signature();
    } else if (this.accept(':') || this.accept('=')) {
      type = this.parseType();
    }
    return hidden || name === undefined || name.startsWith('#') ? undefined : { name, optional, type };
  }

  /** Whether the token ahead ends a member's name, so that the word before it is a name and no modifier. */
  #endsName(ahead) {
    return [':', '?', '(', '<', ';', ',', '}'].includes(this.peek(ahead));
  }

  #memberName() {
    if (this.peek() !== '[') {
      const token = this.next();
      return token.kind === 'string' ? token.value : token.text;
    }
    const name = this.peek(1) === 'Symbol' ? `[Symbol.${this.peek(3)}]` : undefined;
    this.skipGroup();
    return name;
  }

  #signature() {
    this.accept('new');
    this.parseTypeParameters();
    const parameters = this.#parameters();
    return { kind: 'function', parameters, result: this.accept(':') ? this.parseType() : opaque };
  }

  /** `<T extends A = B>` after a declaration's name. @returns the parameters' names. */
  parseTypeParameters() {
    const names = [];
    if (!this.accept('<')) return names;
    do {
      while (['const', 'in', 'out'].includes(this.peek()) && this.peek(1) !== ',' && this.peek(1) !== '>')
        this.next();
      names.push(this.next().text);
      if (this.accept('extends')) this.parseType();
      if (this.accept('=')) this.parseType();
    } while (this.accept(','));
    this.expect('>');
    return names;
  }

  parseHeritage() {
    const types = [];
    while (this.peek() === 'extends' || this.peek() === 'implements') {
      const inherits = this.next().text === 'extends';
      do {
        const type = this.parseType();
        if (inherits) types.push(type);
      } while (this.accept(','));
    }
    return types;
  }
}

/**
 * @param {string} text
 * @returns {{types: Map, values: Map, imports: Map, exports: Map, stars: string[]}} `types` and `values` by local name;
 *   `imports` and `exports` map a name to `{from, name}`, where `from` is undefined for a local name; an export may have
 *   `isType`: only its type is exported.
 */
export function parseDeclarations(text) {
  const parser = new Parser(text);
  const module = { types: new Map(), values: new Map(), imports: new Map(), exports: new Map(), stars: [] };
  while (!parser.done) parseStatement(parser, module);
  return module;
}

function parseStatement(parser, module) {
  if (parser.accept(';')) return;
  if (parser.peek() === 'import') return parseImport(parser, module);
  const isExported = parser.accept('export');
  if (
    isExported &&
    (parser.peek() === '{' ||
      parser.peek() === '*' ||
      (parser.peek() === 'type' && ['{', '*'].includes(parser.peek(1))))
  ) {
    return parseExportList(parser, module);
  }
  parser.accept('default');
  parser.accept('declare');
  parser.accept('abstract');
  const word = parser.next().text;
  const name = parser.peek();
  if (word === 'interface' || word === 'class') {
    parser.next();
    const parameters = parser.parseTypeParameters();
    const bases = parser.parseHeritage();
    const own = { kind: 'object', members: parser.parseMembers() };
    const type = bases.length === 0 ? own : { kind: 'intersection', types: [...bases, own] };
    module.types.set(name, { parameters, type });
    if (word === 'class') module.values.set(name, { kind: 'class', type });
  } else if (word === 'type') {
    parser.next();
    const parameters = parser.parseTypeParameters();
    parser.expect('=');
    module.types.set(name, { parameters, type: parser.parseType() });
    parser.accept(';');
  } else if (word === 'const' || word === 'let' || word === 'var') {
    parser.next();
    const type = parser.accept(':') ? parser.parseType() : opaque;
    module.values.set(name, { kind: 'const', type });
    parser.skipStatement();
  } else if (word === 'function') {
    module.values.set(name, { kind: 'function', type: callable });
    parser.skipStatement();
  } else {
    throw new SyntaxError(`unknown statement: ${word} ${name}`);
  }
  if (isExported) module.exports.set(name, { from: undefined, name });
}

function parseImport(parser, module) {
  parser.next();
  parser.accept('type');
  const names = [];
  while (parser.peek() !== 'from' && parser.peek() !== ';') {
    if (parser.peek() === '{') names.push(...parseNames(parser));
    else parser.next();
  }
  if (parser.accept('from')) {
    const from = parser.next().value;
    for (const { name, as } of names) module.imports.set(as, { from, name });
  }
  parser.skipStatement();
}

function parseExportList(parser, module) {
  const isType = parser.accept('type');
  if (parser.accept('*')) {
    parser.expect('from');
    module.stars.push(parser.next().value);
  } else {
    const names = parseNames(parser);
    const from = parser.accept('from') ? parser.next().value : undefined;
    for (const { name, as, isType: isTypeToo } of names)
      module.exports.set(as, { from, name, isType: isType || isTypeToo });
  }
  parser.skipStatement();
}

function parseNames(parser) {
  const names = [];
  parser.expect('{');
  while (!parser.accept('}')) {
    const isType = parser.peek() === 'type' && parser.peek(1) !== ',' && parser.peek(1) !== '}';
    if (isType) parser.next();
    const name = parser.next().text;
    const as = parser.accept('as') ? parser.next().text : name;
    names.push({ name, as, isType });
    parser.accept(',');
  }
  return names;
}
