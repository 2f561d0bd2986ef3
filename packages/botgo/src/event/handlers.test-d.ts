import { expectTypeOf } from 'vitest';
import type { GroupMessage, Interaction, Message, MessageReaction } from '../dto/index.js';
import { createHandlers, type EventOf, type EventRun } from './index.js';

createHandlers({
  atMessage(event, data) {
    expectTypeOf(event.t).toEqualTypeOf<'AT_MESSAGE_CREATE'>();
    expectTypeOf(data).toEqualTypeOf<Message>();
  },
  groupATMessage(event, data) {
    expectTypeOf(event.d).toEqualTypeOf<GroupMessage>();
    expectTypeOf(data.group_openid).toEqualTypeOf<string>();
  },
  messageReaction(event, data) {
    expectTypeOf(event.t).toEqualTypeOf<'MESSAGE_REACTION_ADD' | 'MESSAGE_REACTION_REMOVE'>();
    expectTypeOf(data).toEqualTypeOf<MessageReaction>();
  },
  plain(_event, data, run) {
    expectTypeOf(data).toEqualTypeOf<unknown>();
    expectTypeOf(run).toEqualTypeOf<EventRun>();
  },
});

// @ts-expect-error: no handler has this name
createHandlers({ atMesage() {} });
// @ts-expect-error: a handler is a function
createHandlers({ atMessage: 'hello' });

expectTypeOf<EventOf<'INTERACTION_CREATE'>['d']>().toEqualTypeOf<Interaction>();
