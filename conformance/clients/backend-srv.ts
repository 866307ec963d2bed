import type { BackendSrvRequest, FetchError, FetchResponse } from '@grafana/runtime';
import { Observable } from 'rxjs';

/**
 * Sends the requests of the genuine packages by the browser's own `fetch`.
 *
 * Grafana's is a part of its application, not of a package. This one keeps the contract that `BackendSrv` of
 * `@grafana/runtime` states: a request without success is an error of the stream, who unsubscribes ends the request, and
 * one with the id of an earlier one takes its place.
 */
export class FetchBackendSrv {
  readonly #orgId: number;
  readonly #running = new Map<string, AbortController>();

  constructor(orgId: number) {
    this.#orgId = orgId;
  }

  fetch<T>(request: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable((observer) => {
      const { requestId } = request;
      const controller = new AbortController();
      if (requestId !== undefined) {
        this.#running.get(requestId)?.abort();
        this.#running.set(requestId, controller);
      }
      this.#send<T>(request, controller.signal)
        .then((response) => {
          observer.next(response);
          observer.complete();
        })
        .catch((error: unknown) => observer.error(controller.signal.aborted ? aborted(request) : error))
        .finally(() => {
          if (requestId !== undefined && this.#running.get(requestId) === controller) this.#running.delete(requestId);
        });
      return () => controller.abort();
    });
  }

  async #send<T>(request: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
    const { method = 'GET', data: body } = request;
    const response = await fetch(urlOf(request), {
      method,
      headers: {
        accept: 'application/json, text/plain, */*',
        'x-grafana-org-id': String(this.#orgId),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...request.headers,
      },
      signal,
      credentials: 'same-origin',
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status, statusText, ok, headers, redirected, type, url } = response;
    const data = parse(await response.text());
    if (!ok) throw { status, statusText, data, config: request } satisfies FetchError;
    return { data: data as T, status, statusText, ok, headers, redirected, type, url, config: request };
  }
}

function urlOf({ url, params = {} }: BackendSrvRequest): string {
  const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)])).toString();
  if (query === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

/** JSON where it is, text otherwise. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function aborted(config: BackendSrvRequest): FetchError {
  return { status: -1, statusText: 'Request was aborted', data: null, cancelled: true, config };
}
