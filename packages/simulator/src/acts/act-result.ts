/** What an act brought about. */
export interface ActResult {
  readonly events: readonly { readonly t: string; readonly id: string }[];
  /** click, menu, feedback and the like: the id to which `PUT /interactions/{id}` belongs. */
  readonly interactionId?: string;
  /** Id of the thread, comment or reply. */
  readonly id?: string;
}
