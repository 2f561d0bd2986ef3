/** Markdown content: native text in `content`, or a template with its parameters. */
export interface Markdown {
  /** Native markdown; not together with a template. Images: `![text #WIDTHpx #HEIGHTpx](url)`. */
  content?: string;
  /** The platform's template; deprecated. */
  template_id?: number;
  /** A template of your own; deprecated since 2026. */
  custom_template_id?: string;
  params?: MarkdownParams[];
  style?: MarkdownStyle;
  /** Guide text. */
  process_msg?: string;
  /** Fail the message when an image cannot be copied (40034141). @defaultValue false */
  force_verify_image_resource?: boolean;
}

/** A parameter of a markdown template. */
export interface MarkdownParams {
  key: string;
  /** One value is a scalar, more are a list. */
  values: string[];
}

/** Look of a markdown message. */
export interface MarkdownStyle {
  main_font_size?: 'small' | 'middle' | 'large' | (string & {});
  layout?: 'hide_avatar_and_center' | (string & {});
}
