// What page.ts uses of the genuine packages, whose own types need React and a hundred packages more.
// Written after the published declarations of 12.4.0; that they are true is what the tests show.

declare module 'rxjs' {
  export interface Subscription {
    unsubscribe(): void;
  }
  export interface Observer<T> {
    next(value: T): void;
    error(error: unknown): void;
    complete(): void;
  }
  export class Observable<T> {
    constructor(subscribe: (observer: Observer<T>) => () => void);
    subscribe(observer: Partial<Observer<T>>): Subscription;
  }
  export function lastValueFrom<T>(source: Observable<T>): Promise<T>;
}

declare module '@grafana/data' {
  export interface Field {
    readonly name: string;
    readonly type: string;
    readonly labels?: Record<string, string>;
    readonly config: Record<string, unknown>;
    readonly values: unknown[];
    readonly nanos?: number[];
    readonly entities?: Record<string, number[]>;
    readonly typeInfo?: { readonly frame: string; readonly nullable?: boolean };
  }
  export interface DataFrame {
    readonly name?: string;
    readonly refId?: string;
    readonly length: number;
    readonly meta?: Record<string, unknown>;
    readonly fields: Field[];
  }
  export interface DataQueryError {
    readonly message?: string;
    readonly status?: number;
    readonly statusText?: string;
    readonly refId?: string;
    readonly cancelled?: boolean;
    readonly data?: unknown;
  }
  export interface DataQueryResponse {
    readonly data: DataFrame[];
    readonly state?: string;
    readonly error?: DataQueryError;
    readonly errors?: DataQueryError[];
  }
  export interface DataSourceInstanceSettings {
    readonly id: number;
    readonly uid: string;
    readonly type: string;
    readonly name: string;
    readonly url?: string;
    readonly jsonData: Record<string, unknown>;
    readonly meta: { readonly id: string; readonly info: { readonly version: string } };
  }
  /** A moment object. */
  export interface DateTime {
    valueOf(): number;
  }
  export function dataFrameFromJSON(json: object): DataFrame;
  export function dateTime(input: number): DateTime;
  export function getFieldDisplayName(field: Field, frame?: DataFrame, allFrames?: DataFrame[]): string;
}

declare module '@grafana/runtime' {
  import type { DataQueryResponse, DataSourceInstanceSettings } from '@grafana/data';
  import type { Observable } from 'rxjs';

  export interface BackendSrvRequest {
    readonly url: string;
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly params?: Record<string, unknown>;
    readonly data?: unknown;
    readonly requestId?: string;
    readonly responseType?: 'json' | 'text' | 'arraybuffer' | 'blob';
  }
  export interface FetchResponse<T = unknown> {
    readonly data: T;
    readonly status: number;
    readonly statusText: string;
    readonly ok: boolean;
    readonly headers: Headers;
    readonly redirected: boolean;
    readonly type: ResponseType;
    readonly url: string;
    readonly config: BackendSrvRequest;
  }
  export interface FetchError {
    readonly status: number;
    readonly statusText?: string;
    readonly data: unknown;
    readonly cancelled?: boolean;
    readonly config: BackendSrvRequest;
  }
  export const config: {
    readonly datasources: Readonly<Record<string, DataSourceInstanceSettings>>;
    readonly bootData: { readonly user: { readonly orgId: number } };
  };
  export class DataSourceWithBackend {
    constructor(settings: DataSourceInstanceSettings);
    query(request: object): Observable<DataQueryResponse>;
    getRef(): { readonly type?: string; readonly uid?: string };
    // biome-ignore lint/suspicious/noExplicitAny: as declared there
    getResource<T = any>(path: string, params?: Record<string, unknown>, options?: object): Promise<T>;
    // biome-ignore lint/suspicious/noExplicitAny: as declared there
    postResource<T = any>(path: string, data?: object, options?: object): Promise<T>;
    callHealthCheck(): Promise<{ readonly status: string; readonly message: string; readonly details?: unknown }>;
    testDatasource(): Promise<{ readonly status: string; readonly message: string }>;
  }
  export function setBackendSrv(service: { fetch<T>(request: BackendSrvRequest): Observable<FetchResponse<T>> }): void;
  export function setDataSourceSrv(service: {
    getInstanceSettings(ref: { readonly uid?: string } | string): DataSourceInstanceSettings | undefined;
  }): void;
  export function setEchoSrv(service: { addEvent(): void }): void;
}
