// Are the objects of the facts in the types of botgo/dto, field by field, and nothing besides?
import { fits } from './shapes.mjs';

/**
 * Types that stand for an object of the facts; the first decides about what is required, the others carry what exists
 * only in events. Objects that are not named here have the name of their type.
 */
const typesOf = {
  Guild: ['Guild', 'WSGuildData'],
  Member: ['Member', 'WSGuildMemberData'],
  Channel: ['Channel', 'WSChannelData'],
  'UpdateGuildMute / UpdateGuildMuteResponse': ['UpdateGuildMute', 'UpdateGuildMuteResponse'],
  'MessageReaction (event)': ['MessageReaction'],
  'AudioAction (event)': ['AudioAction'],
  'MessageToCreate v1': ['ChannelMessageToCreate'],
  'MessageToCreate v2': ['C2CMessageToCreate', 'GroupMessageToCreate'],
  'C2C message': ['C2CMessage'],
  'group message': ['GroupMessage'],
  both: ['ChatMessage'],
  'ActionType (search)': ['SearchActionType'],
  JoinRequest: ['JoinRequest', 'GroupJoinRequest'],
};

export function typeNamesOf(object) {
  return typesOf[object] ?? [object];
}

/**
 * @param {object} tables
 * @param {import('./declarations.mjs').Declarations} declarations
 * @param {string} file - `dto/index.d.ts` of the built package.
 * @returns Problems by the id of a row, and rows that the facts lack.
 */
export function checkObjects(tables, declarations, file) {
  const problems = new Map();
  for (const row of tables.objects) {
    const problem = problemOf(row, declarations, file);
    if (problem !== undefined) problems.set(row.id, problem);
  }
  return { problems, unknown: unknownFields(tables, declarations, file) };
}

function problemOf(row, declarations, file) {
  const names = typeNamesOf(row.object);
  if (row.field === '–') {
    return declarations.exported(file, names[0])?.value === undefined ? `no table ${names[0]}` : undefined;
  }
  const [first, ...others] = names.map((name) => declarations.membersOf(file, name));
  if (first === undefined) return `no type ${names[0]}`;
  const own = first.get(row.field);
  if (own === undefined && row.opt !== 'E') return `no field in ${names[0]}`;
  const member = own ?? others.map((members) => members?.get(row.field)).find((found) => found);
  if (member === undefined) return `no field in ${names.join(', ')}`;
  if (!fits(declarations, member, row.type)) return `not of the type ${row.type}`;
  if (own !== undefined && row.opt === 'R' && own.optional) return 'optional, and always present';
  if (own !== undefined && row.opt === 'O' && !own.optional) return 'required, and may be missing';
  return undefined;
}

/** Fields of exported object types that no table names. */
function unknownFields(tables, declarations, file) {
  const known = new Map();
  const add = (type, field) => known.set(type, (known.get(type) ?? new Set()).add(field));
  for (const { object, field } of tables.objects) for (const type of typeNamesOf(object)) add(type, field);
  for (const { type, fields } of tables.extra.objects) for (const field of fields) add(type, field);
  const unknown = [];
  for (const name of [...declarations.exportedNames(file)].sort()) {
    const found = declarations.exported(file, name);
    if (found?.type === undefined || found.value !== undefined || isWrapper(found.type.type)) continue;
    for (const field of ownMembers(declarations, found).keys()) {
      if (!known.get(name)?.has(field)) unknown.push(`${name}.${field}`);
    }
  }
  return unknown;
}

/** An alias or a combination of other types declares no fields of its own. */
function isWrapper(type) {
  return type.kind !== 'object' && type.kind !== 'intersection';
}

function ownMembers(declarations, { type, file }) {
  if (type.type.kind === 'object') return declarations.members(type.type, file, new Map()) ?? new Map();
  const own = type.type.types.at(-1);
  return own.kind === 'object' ? (declarations.members(own, file, new Map()) ?? new Map()) : new Map();
}
