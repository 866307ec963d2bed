import { GrpcCode, GrpcStatusError } from './status.ts';
import type { Interceptor } from './types.ts';

/** Runs interceptors around `run`, the first one outermost. Rejects with what they make of its error. */
export async function intercept<Call extends { readonly path: string }>(
  interceptors: readonly Interceptor<Call>[],
  call: Call,
  run: () => Promise<void>,
): Promise<void> {
  const step = async (index: number): Promise<void> => {
    if (index === interceptors.length) return await run();
    let called = false;
    await interceptors[index](call, () => {
      if (called) return Promise.reject(misused(call.path, 'called next twice'));
      called = true;
      return step(index + 1);
    });
    if (!called) throw misused(call.path, 'neither called next nor threw');
  };
  await step(0);
}

/** Runs interceptors around what gives one value. */
export async function interceptOne<Call extends { readonly path: string }, Value>(
  interceptors: readonly Interceptor<Call>[],
  call: Call,
  run: () => Value | Promise<Value>,
): Promise<Value> {
  let result: { readonly value: Value } | undefined;
  await intercept(interceptors, call, async () => {
    result = { value: await run() };
  });
  if (result === undefined) throw misused(call.path, 'hid the error of a call that has no response');
  return result.value;
}

function misused(path: string, what: string): GrpcStatusError {
  return new GrpcStatusError(GrpcCode.internal, `an interceptor of ${path} ${what}`);
}
