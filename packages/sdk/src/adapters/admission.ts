import type { ServerCall } from '@backplane/protocol/grpc';
import {
  AdmissionOperation,
  type Init,
  type MutationResponse,
  type AdmissionRequest as ProtoAdmissionRequest,
  type ValidationResponse,
} from '@backplane/protocol/pluginv2';
import type { AdmissionAnswer, AdmissionHandlers, AdmissionRequest } from '../admission.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { runGlobalHandler, toBytes } from './run-global-handler.ts';

/** Answers ValidateAdmission. */
export function validateAdmission(
  runtime: PluginRuntime,
  handler: NonNullable<AdmissionHandlers['validate']>,
  request: ProtoAdmissionRequest,
  call: ServerCall,
): Promise<Init<ValidationResponse>> {
  return runGlobalHandler(runtime, { endpoint: 'validateAdmission', pluginContext: request.pluginContext, call }, async (context) => {
    const answer = await handler(fromProto(request), context);
    return toProto(typeof answer === 'boolean' ? { allowed: answer } : answer);
  });
}

/** Answers MutateAdmission. */
export function mutateAdmission(
  runtime: PluginRuntime,
  handler: NonNullable<AdmissionHandlers['mutate']>,
  request: ProtoAdmissionRequest,
  call: ServerCall,
): Promise<Init<MutationResponse>> {
  return runGlobalHandler(runtime, { endpoint: 'mutateAdmission', pluginContext: request.pluginContext, call }, async (context) => {
    const answer = await handler(fromProto(request), context);
    if (answer?.allowed !== true) return toProto(answer);
    return { allowed: true, warnings: answer.warnings ?? [], objectBytes: toBytes(answer.object) };
  });
}

const operations = Object.fromEntries(Object.entries(AdmissionOperation).map(([name, number]) => [number, name]));

function fromProto({ operation, kind, objectBytes, oldObjectBytes }: ProtoAdmissionRequest): AdmissionRequest {
  return {
    operation: (operations[operation] ?? 'create') as AdmissionRequest['operation'],
    kind: { group: kind?.group ?? '', version: kind?.version ?? '', kind: kind?.kind ?? '' },
    object: objectBytes,
    oldObject: oldObjectBytes,
  };
}

function toProto(answer: AdmissionAnswer | undefined): Init<ValidationResponse> {
  const { allowed, message, status, warnings = [] } = answer ?? {};
  if (typeof allowed !== 'boolean')
    throw new TypeError('an admission handler must answer { allowed: true | false }, or true or false to validate');
  if (allowed || message === undefined) return { allowed, warnings };
  return { allowed, warnings, result: { status: 'Failure', message, code: status ?? 400 } };
}
