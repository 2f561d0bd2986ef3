const NUMBER = /~(\d+)~/;

/** Texts of an event's content that may carry the number of a load run. */
interface Content {
  readonly content?: unknown;
  readonly name?: unknown;
  readonly nick?: unknown;
  readonly target?: { readonly id?: unknown };
  readonly data?: { readonly resolved?: { readonly button_data?: unknown } };
}

/** The number of a load run's event, as the simulator hides it; `undefined` for any other event. */
export function numberOf(event: {
  readonly id?: string | undefined;
  readonly d: unknown;
}): number | undefined {
  const content: Content = typeof event.d === 'object' && event.d !== null ? event.d : {};
  const places = [
    content.content,
    content.name,
    content.nick,
    content.data?.resolved?.button_data,
    content.target?.id,
    event.id,
  ];
  for (const text of places) {
    const found = typeof text === 'string' ? NUMBER.exec(text)?.[1] : undefined;
    if (found !== undefined) return Number(found);
  }
  return undefined;
}
