/** What a kernel met that needs a second pass over its column. */
export const SPECIAL = { nan: 1, positiveInfinity: 2, negativeInfinity: 4, nanos: 8 } as const;

/** Where kernels leave their findings: a returned pair would be an allocation per call. */
export const specials = { found: 0 };
