// The door `@backplane/sdk/frames`: data frames alone, for worker processes and tools of a plugin that serve nothing.
// It loads in about half the time of the whole SDK.
export * from '@backplane/frames';
