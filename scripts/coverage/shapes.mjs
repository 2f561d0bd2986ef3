// Compares the type of a field with the words of the facts (`str`, `[]User`, `int EmojiType`, …).

const words = {
  str: 'string',
  ts: 'string',
  'ms-str': 'string',
  's-str': 'string',
  int: 'number',
  num: 'number',
  bool: 'boolean',
  obj: 'object',
  file: 'object',
};

/** Which kinds of JSON value a type of the facts names; undefined when it says nothing. */
export function kindsOfFact(text) {
  if (text.startsWith('[]')) return ['array'];
  if (text.startsWith('`{')) return ['object'];
  const either = /^(\w+)(?: [\w ]+)? or (\w+)/.exec(text);
  if (either !== null) return [words[either[1]], words[either[2]]];
  const word = text.split(' ', 1)[0];
  const known = words[word];
  if (known !== undefined) return [known];
  return /^[A-Z]\w*$/.test(word) ? ['object'] : undefined;
}

const primitives = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  bigint: 'number',
  Record: 'object',
};

/** Which kinds of JSON value a member's type admits. */
export function kindsOfMember(declarations, { type, file, bound }) {
  const kinds = new Set();
  collect(type, file, bound, 0);
  return kinds;

  function collect(form, home, scope, depth) {
    if (depth > 50) throw new Error('a type refers to itself without end');
    const resolved = declarations.resolve(form, home, scope);
    const { type: inner, file: from, bound: within } = resolved;
    if (inner.kind === 'literal') kinds.add(typeof inner.value);
    else if (inner.kind === 'array') kinds.add('array');
    else if (inner.kind === 'object') kinds.add('object');
    else if (inner.kind === 'union') for (const part of inner.types) collect(part, from, within, depth + 1);
    else if (inner.kind === 'intersection') collect(inner.types[0], from, within, depth + 1);
    else if (inner.kind === 'ref')
      kinds.add(inner.name === 'Array' ? 'array' : (primitives[inner.name] ?? 'object'));
    else kinds.add('any');
  }
}

/** Whether a member admits every kind that the facts name. */
export function fits(declarations, member, factType) {
  const wanted = kindsOfFact(factType);
  if (wanted === undefined) return true;
  const admitted = kindsOfMember(declarations, member);
  return admitted.has('any') || wanted.every((kind) => admitted.has(kind));
}
