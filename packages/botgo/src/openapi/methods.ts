import { announcesAPI } from './announces.js';
import { apiPermissionsAPI } from './api-permissions.js';
import { audioAPI } from './audio.js';
import type { Call } from './call.js';
import { channelPermissionsAPI } from './channel-permissions.js';
import { channelAPI } from './channels.js';
import { chatAPI } from './chats.js';
import { directMessageAPI } from './direct-messages.js';
import { forumAPI } from './forum.js';
import { gatewayAPI } from './gateway.js';
import { groupJoinAPI } from './group-joins.js';
import { groupAPI } from './groups.js';
import { guildAPI } from './guilds.js';
import { interactionAPI } from './interactions.js';
import { mediaAPI } from './media.js';
import { memberAPI } from './members.js';
import { messageSettingAPI } from './message-settings.js';
import { messageAPI } from './messages.js';
import type { OpenAPI, OpenAPIBase } from './openapi.js';
import { panelAPI } from './panels.js';
import { pinsAPI } from './pins.js';
import { messageReactionAPI } from './reactions.js';
import { roleAPI } from './roles.js';
import { scheduleAPI } from './schedules.js';
import { userAPI } from './users.js';
import { webhookAPI } from './webhook-sessions.js';

/** The platform's methods, without what a client has besides. */
export type Methods = Omit<OpenAPI, keyof OpenAPIBase | 'each'>;

type Group = (call: Call, appId: string) => object;

const GROUPS: readonly Group[] = Object.freeze([
  announcesAPI,
  apiPermissionsAPI,
  audioAPI,
  channelPermissionsAPI,
  channelAPI,
  chatAPI,
  directMessageAPI,
  forumAPI,
  gatewayAPI,
  groupJoinAPI,
  groupAPI,
  guildAPI,
  interactionAPI,
  mediaAPI,
  memberAPI,
  messageSettingAPI,
  messageAPI,
  panelAPI,
  pinsAPI,
  messageReactionAPI,
  roleAPI,
  scheduleAPI,
  userAPI,
  webhookAPI,
]);

/** Makes every method. */
export function allMethods(call: Call, appId: string): Methods {
  return Object.assign({}, ...GROUPS.map((group) => group(call, appId))) as Methods;
}

/**
 * Makes methods of which a group comes into being when one of it is first asked for. All of them take as long as several requests
 * (0.6 ms), which is too much for a client that serves one event.
 */
export class MethodsOnDemand {
  readonly #prototype: object;
  readonly #calls = new WeakMap<object, Call>();

  /** @param sample - Never called: it is there to learn the names. */
  constructor(sample: Call, appId: string) {
    this.#prototype = Object.create(null, this.#properties(sample, appId)) as object;
  }

  /** Gives `client` the methods, over `call`. */
  lend<Client extends object>(client: Client, call: Call): Client & Methods {
    this.#calls.set(client, call);
    return Object.setPrototypeOf(client, this.#prototype) as Client & Methods;
  }

  #properties(sample: Call, appId: string): PropertyDescriptorMap {
    const calls = this.#calls;
    const properties: PropertyDescriptorMap = {};
    for (const group of GROUPS) {
      for (const name of Object.keys(group(sample, appId))) {
        properties[name] = {
          enumerable: true,
          get(this: object) {
            const call = calls.get(this);
            if (!call) return undefined;
            const made = group(call, appId);
            // The client's own from now on: looked up once.
            Object.defineProperties(this, Object.getOwnPropertyDescriptors(made));
            return (made as Readonly<Record<string, unknown>>)[name];
          },
        };
      }
    }
    return properties;
  }
}
