import type { Get, Mutable, Put, Unknowns } from '../wire/index.ts';

/** Why an admission or conversion failed, in the words of Kubernetes' API. */
export interface StatusResult extends Unknowns {
  readonly status: string;
  readonly message: string;
  readonly reason: string;
  /** HTTP status. */
  readonly code: number;
}

/* StatusResult: 1 status string, 2 message string, 3 reason string, 4 code varint */

export const getStatusResult: Get<StatusResult> = (reader, target = { status: '', message: '', reason: '', code: 0 }) => {
  const message: Mutable<StatusResult> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.status = reader.string();
    else if (field === 2) message.message = reader.string();
    else if (field === 3) message.reason = reader.string();
    else if (field === 4) message.code = reader.int32();
    else reader.unknown(message);
  }
  return message;
};

export const putStatusResult: Put<StatusResult> = (sink, message) => {
  sink.string(1, message.status);
  sink.string(2, message.message);
  sink.string(3, message.reason);
  sink.int32(4, message.code);
  sink.unknown(message.$unknown);
};
