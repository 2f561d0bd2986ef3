/** `d` of FRIEND_ADD and FRIEND_DEL. The key is `openid`, not `user_openid`. */
export interface C2CFriendData {
  openid: string;
  /** Unix seconds. */
  timestamp: number;
  /** Declared by BotGo, empty so far. */
  nick?: string;
  /** Declared by BotGo, empty so far. */
  avatar?: string;
  /** FRIEND_ADD: how the user found the bot. */
  scene?: number;
  /** FRIEND_ADD: `callback_data` of the share link. */
  scene_param?: string;
  /** FRIEND_ADD. */
  short_code?: string;
  author?: { union_openid?: string; username?: string };
}

/** `d` of C2C_MSG_REJECT and C2C_MSG_RECEIVE. */
export interface C2CSwitchData {
  openid: string;
  /** Unix seconds. */
  timestamp: number;
}

/** `d` of GROUP_ADD_ROBOT, GROUP_DEL_ROBOT, GROUP_MSG_REJECT and GROUP_MSG_RECEIVE. */
export interface GroupRobotData {
  group_openid: string;
  /** Who did it. */
  op_member_openid: string;
  /** Unix seconds. */
  timestamp: number;
}

/** `d` of ENTER_AIO: a user opened the chat window with the bot. */
export interface EnterAIO {
  user_openid?: string;
  from_source?: string;
}
