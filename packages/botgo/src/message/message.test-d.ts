import { expectTypeOf } from 'vitest';
import {
  callbackButton,
  commandButton,
  embed,
  linkButton,
  markdown,
  media,
  type OutgoingFor,
} from './index.js';

// @ts-expect-error: text and a template exclude each other
markdown({ content: 'x', template_id: 1 });
// @ts-expect-error: two templates exclude each other
markdown({ custom_template_id: 'x', template_id: 1 });
// @ts-expect-error: neither text nor template
markdown({});
// @ts-expect-error: only buttons that call back have a group
linkButton({ label: 'x', url: 'u', groupId: 'g' });
// @ts-expect-error: a button that calls back picks no image
callbackButton({ label: 'x', data: 'd', picksImage: true });
// @ts-expect-error: a command button needs its command
commandButton({ label: 'x' });

const card = embed({ title: 't' });
const file = media('F');
expectTypeOf(card).toExtend<OutgoingFor<'channel'>>();
expectTypeOf(card).not.toExtend<OutgoingFor<'group'>>();
expectTypeOf(file).toExtend<OutgoingFor<'c2c'>>();
expectTypeOf(file).not.toExtend<OutgoingFor<'dm'>>();
