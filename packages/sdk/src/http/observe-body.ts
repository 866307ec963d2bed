/** What is wanted of a body on its way. */
export interface BodyObserver {
  /** Most bytes that may come; undefined is without limit. */
  readonly maxBytes: number | undefined;
  /** The error of a body that is longer. */
  readonly tooLarge: (maxBytes: number) => Error;
  /** The error of a body that breaks off. */
  readonly broken: (error: unknown) => unknown;
  /** Told once how many bytes came, whether all did or not. */
  readonly onEnd: (bytes: number) => void;
}

/**
 * The same response with a body that is watched: counted, limited, and with errors that say whose fault they are.
 *
 * `fetch` has unpacked a body that came compressed, so what the headers say of the packed one goes, as with Go's client:
 * a resource handler may answer with the response of the service.
 */
export function observeBody(response: Response, observer: BodyObserver): Response {
  const { status, statusText, headers, url, redirected, body } = response;
  if (body === null) observer.onEnd(0);
  const watched = new Response(body && watch(body, observer), { status, statusText, headers: [...headers] });
  if (body !== null && isUnpacked(headers.get('content-encoding'))) {
    watched.headers.delete('content-encoding');
    watched.headers.delete('content-length');
  }
  Object.defineProperties(watched, { url: { value: url }, redirected: { value: redirected } });
  return watched;
}

/** What undici unpacks; it leaves alone what has a coding that it does not know. */
const codings: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd']);

function isUnpacked(encoding: string | null): boolean {
  return encoding?.split(',').every((coding) => codings.has(coding.trim().toLowerCase())) ?? false;
}

function watch(
  body: ReadableStream<Uint8Array>,
  { maxBytes, tooLarge, broken, onEnd }: BodyObserver,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let bytes = 0;
  let isEnded = false;
  const end = (): void => {
    if (!isEnded) onEnd(bytes);
    isEnded = true;
  };
  return new ReadableStream(
    {
      async pull(controller) {
        const part = await reader.read().catch((error: unknown) => {
          end();
          throw broken(error);
        });
        if (part.done) {
          end();
          controller.close();
          return;
        }
        bytes += part.value.length;
        if (maxBytes !== undefined && bytes > maxBytes) {
          end();
          const error = tooLarge(maxBytes);
          await reader.cancel(error);
          throw error;
        }
        controller.enqueue(part.value as Uint8Array<ArrayBuffer>);
      },
      async cancel(reason) {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
