export declare function importGraph(): [string, string[]][];
export declare function importGraphText(): string;
/** The graph that ARCHITECTURE.md shows; undefined when the page has lost its block. */
export function importGraphOnPage(): string | undefined;
