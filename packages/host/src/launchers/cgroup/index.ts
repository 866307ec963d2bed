export { assertUsableCgroup, findDelegatedCgroup } from './find-cgroup.ts';
export { MemoryGroup, removeGroup } from './memory-group.ts';
