import type { OpenNumber } from './open-enum.js';

/** What a user decided about a subscription. */
export const SubscribeOp = {
  Allow: 1,
  Refuse: 2,
} as const;

export type SubscribeOp = OpenNumber<typeof SubscribeOp>;

/** `d` of SUBSCRIBE_MESSAGE_STATUS; one of the two ids is set. */
export interface SubscribeMessageStatusData {
  group_openid?: string;
  openid?: string;
  result: SubscribeMsgTemplateResult[];
}

/** State of one subscription. */
export interface SubscribeMsgTemplateResult {
  template_id: number;
  custom_template_id: string;
  op: SubscribeOp;
  subscribe_id: string;
  /** Unix seconds. */
  update_ts: number;
}
