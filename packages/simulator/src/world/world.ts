import type {
  Bot,
  BotServices,
  Channel,
  DirectMessage,
  Friend,
  Group,
  Guild,
  Message,
  User,
} from './model.js';

/** Everything that exists on one simulated platform. Pure data: no time, no socket, no rule. */
export class World {
  readonly bots = new Map<string, Bot>();
  readonly users = new Map<string, User>();
  readonly guilds = new Map<string, Guild>();
  readonly channels = new Map<string, Channel>();
  readonly groups = new Map<string, Group>();
  /** By the pseudo guild id. */
  readonly dms = new Map<string, DirectMessage>();
  /** By `appId openid`. */
  readonly friends = new Map<string, Friend>();
  readonly messages = new Map<string, Message>();
  readonly #services = new Map<string, BotServices>();
  readonly #userByOpenid = new Map<string, User>();

  addUser(user: User): void {
    this.users.set(user.id, user);
    this.#userByOpenid.set(user.openid, user);
  }

  userByOpenid(openid: string): User | undefined {
    return this.#userByOpenid.get(openid);
  }

  botById(userId: string): Bot | undefined {
    for (const bot of this.bots.values()) if (bot.id === userId) return bot;
    return undefined;
  }

  channelsOf(guild: Guild): Channel[] {
    const found: Channel[] = [];
    for (const id of guild.channelIds) {
      const channel = this.channels.get(id);
      if (channel !== undefined) found.push(channel);
    }
    return found.sort((a, b) => a.position - b.position);
  }

  dmBetween(appId: string, userId: string, sourceGuildId: string): DirectMessage | undefined {
    for (const dm of this.dms.values()) {
      if (dm.appId === appId && dm.userId === userId && dm.sourceGuildId === sourceGuildId) return dm;
    }
    return undefined;
  }

  friend(appId: string, openid: string): Friend | undefined {
    return this.friends.get(`${appId} ${openid}`);
  }

  /** The C2C chat between them, opened when there is none. */
  befriend(appId: string, openid: string): Friend {
    const known = this.friend(appId, openid);
    if (known !== undefined) return known;
    const friend: Friend = { appId, openid, allowsProactive: true, lastSpokeAtMs: 0, messages: [] };
    this.friends.set(`${appId} ${openid}`, friend);
    return friend;
  }

  unfriend(appId: string, openid: string): boolean {
    return this.friends.delete(`${appId} ${openid}`);
  }

  services(appId: string): BotServices {
    const known = this.#services.get(appId);
    if (known !== undefined) return known;
    const services: BotServices = {
      panels: new Map(),
      menu: undefined,
      menuVersion: 0,
      strategies: new Map(),
      httpSessions: new Map(),
    };
    this.#services.set(appId, services);
    return services;
  }

  addMessage(message: Message, into: Message[]): void {
    this.messages.set(message.id, message);
    into.push(message);
    // A soak run sends for hours: keep what a person could look at, drop the rest.
    if (into.length > MAX_MESSAGES_KEPT) {
      for (const old of into.splice(0, MAX_MESSAGES_KEPT / 10)) this.messages.delete(old.id);
    }
  }
}

const MAX_MESSAGES_KEPT = 2_000;
