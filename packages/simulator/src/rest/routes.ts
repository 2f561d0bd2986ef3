import { announceRoutes } from './announces.js';
import { audioRoutes } from './audio.js';
import type { Route } from './call.js';
import { channelRoutes } from './channels.js';
import { fileRoutes } from './files.js';
import { forumRoutes } from './forum.js';
import { gatewayRoutes } from './gateway.js';
import { groupRoutes } from './groups.js';
import { apiPermissionRoutes, guildRoutes } from './guilds.js';
import { httpSessionRoutes } from './http-sessions.js';
import { interactionRoutes } from './interactions.js';
import { memberRoutes } from './members.js';
import { messageRoutes } from './messages.js';
import { panelRoutes } from './panels.js';
import { pinRoutes } from './pins.js';
import { reactionRoutes } from './reactions.js';
import { retractRoutes } from './retract.js';
import { roleRoutes } from './roles.js';
import { scheduleRoutes } from './schedules.js';
import { strategyRoutes } from './strategies.js';
import { streamRoutes } from './streams.js';
import { userRoutes } from './users.js';

const PLAIN_ROUTES: readonly Route[] = [
  ...gatewayRoutes,
  ...httpSessionRoutes,
  ...userRoutes,
  ...guildRoutes,
  ...channelRoutes,
  ...memberRoutes,
  ...roleRoutes,
  ...messageRoutes,
  ...retractRoutes,
  ...reactionRoutes,
  ...pinRoutes,
  ...announceRoutes,
  ...scheduleRoutes,
  ...audioRoutes,
  ...forumRoutes,
  ...streamRoutes,
  ...fileRoutes,
  ...strategyRoutes,
  ...groupRoutes,
  ...panelRoutes,
  ...interactionRoutes,
];

/** Every route of the platform, one file per group of resources. */
export const ROUTES: readonly Route[] = [...PLAIN_ROUTES, ...apiPermissionRoutes(PLAIN_ROUTES)];
