export declare function runTour(root: string, traffic: string): Promise<number>;
