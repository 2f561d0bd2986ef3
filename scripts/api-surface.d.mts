export declare function apiSurfaceText(): string;
export declare function apiSurfaceOnFile(): string;
