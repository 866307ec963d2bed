/** Whose fault a ServerError is. */
export type Fault = 'caller' | 'host' | 'plugin' | 'downstream';

/**
 * How an error looks to a client of the HTTP API. Grafana has several shapes:
 *
 * | form | body |
 * |---|---|
 * | `message` | `{message}` |
 * | `traced` | `{message, traceID}` |
 * | `errutil` | `{statusCode, messageId, message}` |
 * | `unauthorized` | the same with `extra` and `traceID`, keys sorted |
 * | `denied` | `{accessErrorId, message, title}` |
 * | `text` | no JSON, a line of text |
 * | `empty` | nothing |
 *
 * `charset` is set where Grafana writes `application/json; charset=UTF-8`: outside of its response helpers.
 */
export interface ErrorReply {
  readonly status: number;
  readonly form: 'message' | 'traced' | 'errutil' | 'unauthorized' | 'denied' | 'text' | 'empty';
  readonly messageId?: string;
  /** What the client reads; `{name}` is filled from the facts. */
  readonly text: string;
  readonly charset?: boolean;
}

/** What is known of one code of ServerError. */
export interface ServerErrorRow {
  readonly fault: Fault;
  readonly description: string;
  /** Absent for errors that no client ever sees. */
  readonly reply?: ErrorReply;
}

/** `{message}` */
export const plain = (status: number, text: string): ErrorReply => ({ status, form: 'message', text });
/** The same from outside of the response helpers. */
export const early = (status: number, text: string): ErrorReply => ({ status, form: 'message', text, charset: true });
/** With an id that clients may look at. */
export const coded = (status: number, messageId: string, text: string): ErrorReply => ({ status, form: 'errutil', messageId, text });
/** With `traceID`, from outside of the response helpers. */
export const traced = (status: number, text: string): ErrorReply => ({ status, form: 'traced', text, charset: true });
/** The status alone; the text is for the log. */
export const empty = (status: number, text: string): ErrorReply => ({ status, form: 'empty', text });
/** Who asks is unknown, or not let in. */
export const unauthorized = (messageId: string, text: string): ErrorReply => ({
  status: 401,
  form: 'unauthorized',
  messageId,
  text,
  charset: true,
});
