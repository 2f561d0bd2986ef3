import { expectTypeOf } from 'vitest';
import { embed, markdown, media, type OutgoingFor } from './index.js';

// @ts-expect-error: text and a template exclude each other
markdown({ content: 'x', template_id: 1 });
// @ts-expect-error: two templates exclude each other
markdown({ custom_template_id: 'x', template_id: 1 });
// @ts-expect-error: neither text nor template
markdown({});

const card = embed({ title: 't' });
const file = media('F');
expectTypeOf(card).toExtend<OutgoingFor<'channel'>>();
expectTypeOf(card).not.toExtend<OutgoingFor<'group'>>();
expectTypeOf(file).toExtend<OutgoingFor<'c2c'>>();
expectTypeOf(file).not.toExtend<OutgoingFor<'dm'>>();
